import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { notFound } from '../errors/api-error.js';
import { sendAsAsked } from '../http/bodies.js';
import type { AppRecord } from '../state/app-record.js';
import type { ApiContext, AppRoute } from './context.js';
import { flag, parseInput, parseSpecBody } from './input.js';
import { pageOf } from './paging.js';
import { presentApp } from './present.js';

/** The spec is checked by its own schema, which reports all of its errors. */
const createBody = z.strictObject({ spec: z.unknown(), project_id: z.string().min(1).optional() });
const updateBody = z.strictObject({ spec: z.unknown(), update_all_source_versions: z.boolean().optional() });

const listQuery = z.object({ with_projects: flag.default(false) });
const nameQuery = z.object({ name: z.string().optional() });

/** /v2/apps and /v2/apps/{id} */
export function appRoutes(server: FastifyInstance, context: ApiContext): void {
  const { store, operations, progression, secrets } = context;
  const show = (app: AppRecord) => presentApp(app, progression.urlOf(app), secrets);

  server.get('/v2/apps', async ({ query }) => {
    const { with_projects: withProjects } = parseInput(listQuery, query);
    const { items, ...rest } = pageOf(store.list(), query, `${context.url()}/v2/apps`);
    const apps = items.map((app) => {
      const { project_id: project, ...shown } = show(app);
      return withProjects && project !== undefined ? { ...shown, project_id: project } : shown;
    });
    return { apps, ...rest };
  });

  server.post('/v2/apps', async (request, reply) => {
    const { spec, project_id: project } = parseSpecBody(createBody, request.body);
    return sendAsAsked(request, reply, { app: show(await operations.create(spec, project)) });
  });

  server.get<AppRoute>('/v2/apps/:app', async ({ params, query }) => {
    const { name } = parseInput(nameQuery, query);
    // "To retrieve an app by its name, do not include an ID in the request path": /v2/apps/?name=shop
    const byName = params.app === '' && name !== undefined;
    return { app: show(byName ? requireName(context, name) : requireApp(context, params.app)) };
  });

  server.put<AppRoute>('/v2/apps/:app', async (request) => {
    requireApp(context, request.params.app);
    const { spec, update_all_source_versions: updateAllSourceVersions = false } = parseSpecBody(
      updateBody,
      request.body,
    );
    return { app: show(await operations.update(request.params.app, spec, { updateAllSourceVersions })) };
  });

  server.delete<AppRoute>('/v2/apps/:app', async (request) => {
    await operations.delete(request.params.app);
    return { id: request.params.app };
  });
}

/** @throws ApiError 404 */
export function requireApp({ store }: ApiContext, id: string): AppRecord {
  const app = store.get(id);
  if (app === undefined) throw notFound(`App ${id}`);
  return app;
}

function requireName({ store }: ApiContext, name: string): AppRecord {
  const app = store.byName(name);
  if (app === undefined) throw notFound(`An app named "${name}"`);
  return app;
}
