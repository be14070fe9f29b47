import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { ApiError, notFound } from '../errors/api-error.js';
import type { AppRecord } from '../state/app-record.js';
import type { ApiContext } from './context.js';
import { parseInput } from './input.js';
import { pageOf } from './paging.js';

/** The project of apps that name none. Any other id that an app is given counts as a project that is there. */
export const defaultProject = '00000000-0000-8000-8000-000000000000';

/** URNs such as `do:app:<id>`: https://docs.digitalocean.com/reference/api/reference/projects/ */
const appUrn = /^do:app:(.+)$/;

const assignBody = z.strictObject({ resources: z.array(z.string()) });

interface ProjectRoute {
  Params: { project: string };
}

/** The project that an app belongs to. */
export function projectOf({ projectId }: AppRecord): string {
  return projectId ?? defaultProject;
}

/** /v2/projects: as much of it as the clients of apps ask for. */
export function projectRoutes(server: FastifyInstance, context: ApiContext): void {
  const { store } = context;
  const path = '/v2/projects';

  server.get(path, async ({ query }) => {
    const ids = new Set([defaultProject, ...store.list().map(projectOf)]);
    const { items, ...rest } = pageOf([...ids], query, `${context.url()}${path}`);
    return { projects: items.map(present), ...rest };
  });

  server.get<ProjectRoute>(`${path}/:project`, async ({ params }) => ({
    project: present(requireProject(context, params.project)),
  }));

  server.get<ProjectRoute>(`${path}/:project/resources`, async ({ params, query }) => {
    const id = requireProject(context, params.project);
    const apps = store.list().filter((app) => projectOf(app) === id);
    const { items, ...rest } = pageOf(apps, query, `${context.url()}${path}/${id}/resources`);
    return { resources: items.map((app) => presentResource(context, app, 'ok')), ...rest };
  });

  server.post<ProjectRoute>(`${path}/:project/resources`, async ({ params, body }) => {
    const { resources } = parseInput(assignBody, body);
    const id = params.project === 'default' ? defaultProject : params.project;
    const apps = resources.map((urn) => requireResource(context, urn));
    for (const app of apps) await store.update(app.id, (record) => ({ ...record, projectId: id }));
    return { resources: apps.map((app) => presentResource(context, app, 'assigned')) };
  });

  for (const [method, url] of [
    ['POST', path],
    ['PUT', `${path}/:project`],
    ['PATCH', `${path}/:project`],
    ['DELETE', `${path}/:project`],
  ] as const)
    server.route({
      method,
      url,
      handler: async () => {
        throw new ApiError(
          501,
          'The local platform does not manage projects. There is a default one, and any id that an app is given counts as one.',
        );
      },
    });
}

function requireProject({ store }: ApiContext, name: string): string {
  const id = name === 'default' ? defaultProject : name;
  if (id === defaultProject || store.list().some((app) => projectOf(app) === id)) return id;
  throw notFound(`Project ${name}`);
}

function requireResource({ store }: ApiContext, urn: string): AppRecord {
  const [, id] = appUrn.exec(urn) ?? [];
  if (id === undefined)
    throw new ApiError(
      400,
      `Only apps can be assigned to a project here, as do:app:<id>; got ${JSON.stringify(urn)}.`,
    );
  const app = store.get(id);
  if (app === undefined) throw notFound(`App ${id}`);
  return app;
}

function present(id: string): Record<string, unknown> {
  const isDefault = id === defaultProject;
  return {
    id,
    name: isDefault ? 'local' : id,
    description: isDefault ? 'The default project of this local platform' : '',
    purpose: 'Web Application',
    environment: 'Development',
    is_default: isDefault,
  };
}

function presentResource(
  context: ApiContext,
  { id, createdAt }: AppRecord,
  status: string,
): Record<string, unknown> {
  return {
    urn: `do:app:${id}`,
    assigned_at: createdAt,
    links: { self: `${context.url()}/v2/apps/${id}` },
    status,
  };
}
