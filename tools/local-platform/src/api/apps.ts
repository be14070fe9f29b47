import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { notFound } from '../api-error.js';
import type { AppRecord } from '../state/app-record.js';
import type { ApiContext } from './context.js';
import { parseInput } from './input.js';
import { pageOf } from './paging.js';
import { presentApp } from './present.js';

interface OneApp {
  Params: { app: string };
}

/** The spec is checked by its own schema, which reports all of its errors. */
const createBody = z.strictObject({ spec: z.unknown(), project_id: z.string().optional() });
const updateBody = z.strictObject({ spec: z.unknown(), update_all_source_versions: z.boolean().optional() });

/** /v2/apps and /v2/apps/{id} */
export function appRoutes(server: FastifyInstance, context: ApiContext): void {
  const { store, operations, progression } = context;
  const show = (app: AppRecord) => presentApp(app, progression.urlOf(app));

  server.get('/v2/apps', async (request) => {
    const { items, ...rest } = pageOf(store.list(), request.query, `${context.url()}/v2/apps`);
    return { apps: items.map(show), ...rest };
  });

  server.post('/v2/apps', async (request) => {
    const { spec } = parseInput(createBody, request.body);
    return { app: show(await operations.create(spec)) };
  });

  server.get<OneApp>('/v2/apps/:app', async (request) => {
    return { app: show(requireApp(context, request.params.app)) };
  });

  server.put<OneApp>('/v2/apps/:app', async (request) => {
    requireApp(context, request.params.app);
    const { spec } = parseInput(updateBody, request.body);
    return { app: show(await operations.update(request.params.app, spec)) };
  });

  server.delete<OneApp>('/v2/apps/:app', async (request) => {
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
