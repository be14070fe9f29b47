import type { FastifyInstance } from 'fastify';
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { ApiError, notFound, notHere } from '../errors/api-error.js';
import type { AppRecord } from '../state/app-record.js';
import type { ProjectRecord } from '../state/project-store.js';
import type { ApiContext } from './context.js';
import { parseInput } from './input.js';
import { pageOf } from './paging.js';

/** The project of apps that name none. */
export const defaultProject = '00000000-0000-8000-8000-000000000000';

/** URNs such as `do:app:<id>`: https://docs.digitalocean.com/reference/api/reference/projects/ */
const appUrn = /^do:app:(.+)$/;

/** Any other purpose is stored with "Other: " in front. */
const purposes = [
  'Just trying out DigitalOcean',
  'Class project / Educational purposes',
  'Website or blog',
  'Web Application',
  'Service or API',
  'Mobile Application',
  'Machine learning / AI / Data processing',
  'IoT',
  'Operational / Developer tooling',
];

const environments = ['Development', 'Staging', 'Production'];

const environment = z
  .string()
  .transform((given) => environments.find((one) => one.toLowerCase() === given.toLowerCase()) ?? given)
  .refine((given) => given === '' || environments.includes(given), {
    error: `expected one of ${environments.join(', ')}`,
  });

const purpose = z
  .string()
  .min(1)
  .max(255)
  .transform((given) =>
    purposes.includes(given) || given.startsWith('Other: ') ? given : `Other: ${given}`,
  );

const createBody = z.strictObject({
  name: z.string().min(1).max(175),
  description: z.string().max(255).default(''),
  purpose,
  environment: environment.default(''),
});

const updateBody = z.strictObject({
  name: createBody.shape.name.optional(),
  description: z.string().max(255).optional(),
  purpose: purpose.optional(),
  environment: environment.optional(),
  is_default: z.boolean().optional(),
});

/** Of any kind of resource; there are only apps here. */
const urnForm = z.string().regex(/^do:[a-z]+:./, { error: 'expected a URN such as do:app:<id>' });

const assignBody = z.strictObject({ resources: z.array(urnForm) });

interface ProjectRoute {
  Params: { project: string };
}

/** The project that an app belongs to. */
export function projectOf({ projectId }: AppRecord): string {
  return projectId ?? defaultProject;
}

/** /v2/projects: as much of it as the clients of apps ask for. */
export function projectRoutes(server: FastifyInstance, context: ApiContext): void {
  const { store, projects } = context;
  const path = '/v2/projects';

  server.get(path, async ({ query }) => {
    const ids = new Set([
      defaultProject,
      ...projects.list().map(({ id }) => id),
      ...store.list().map(projectOf),
    ]);
    const { items, ...rest } = pageOf([...ids], query, `${context.url()}${path}`);
    return { projects: items.map((id) => present(recordOf(context, id))), ...rest };
  });

  server.post(path, async ({ body }, reply) => {
    const now = new Date().toISOString();
    const record = { id: randomUUID(), ...parseInput(createBody, body), createdAt: now, updatedAt: now };
    await projects.save(record);
    return reply.status(201).send({ project: present(record) });
  });

  server.get<ProjectRoute>(`${path}/:project`, async ({ params }) => ({
    project: present(requireProject(context, params.project)),
  }));

  server.route<ProjectRoute>({
    method: ['PUT', 'PATCH'],
    url: `${path}/:project`,
    handler: async ({ params, body }) => {
      const before = requireProject(context, params.project);
      const { is_default: isDefault, ...changes } = parseInput(updateBody, body);
      if (isDefault !== undefined && isDefault !== (before.id === defaultProject))
        throw notHere(`always has the same default project, ${defaultProject}`, 'Leave is_default out.');
      // What a client leaves out is no field of `changes`.
      const after = {
        ...before,
        ...(changes as Partial<ProjectRecord>),
        updatedAt: new Date().toISOString(),
      };
      await projects.save(after);
      return { project: present(after) };
    },
  });

  server.delete<ProjectRoute>(`${path}/:project`, async ({ params }, reply) => {
    const { id } = requireProject(context, params.project);
    if (id === defaultProject) throw new ApiError(403, 'The default project cannot be deleted.');
    if (appsOf(context, id).length > 0)
      throw new ApiError(
        412,
        'Cannot delete a project with resources. Assign its apps to another one first: POST /v2/projects/default/resources.',
      );
    await projects.delete(id);
    return reply.status(204).send();
  });

  resourceRoutes(server, context, `${path}/:project/resources`);
}

function resourceRoutes(server: FastifyInstance, context: ApiContext, path: string): void {
  server.get<ProjectRoute>(path, async ({ params, query }) => {
    const { id } = requireProject(context, params.project);
    const url = context.url();
    const list = `${url}${path.replace(':project', id)}`;
    const { items, ...rest } = pageOf(appsOf(context, id), query, list);
    return { resources: items.map((app) => presentResource(url, app, 'ok')), ...rest };
  });

  // Resources that are not there are part of the answer: Terraform assigns apps that it has just deleted.
  server.post<ProjectRoute>(path, async ({ params, body }) => {
    const { resources } = parseInput(assignBody, body);
    const id = params.project === 'default' ? defaultProject : params.project;
    return { resources: await Promise.all(resources.map((urn) => assign(context, urn, id))) };
  });
}

async function assign(context: ApiContext, urn: string, project: string): Promise<Resource> {
  const { store } = context;
  const [, id] = appUrn.exec(urn) ?? [];
  const app = id === undefined ? undefined : store.get(id);
  if (app === undefined) return { urn, status: 'not_found' };
  const status = projectOf(app) === project ? 'already_assigned' : 'assigned';
  await store.update(app.id, (record) => ({ ...record, projectId: project }));
  return presentResource(context.url(), app, status);
}

function appsOf({ store }: ApiContext, project: string): AppRecord[] {
  return store.list().filter((app) => projectOf(app) === project);
}

function requireProject(context: ApiContext, name: string): ProjectRecord {
  const id = name === 'default' ? defaultProject : name;
  if (id === defaultProject || context.projects.get(id) || appsOf(context, id).length > 0)
    return recordOf(context, id);
  throw notFound(`Project ${name}`);
}

/** Any id that an app was given counts as a project, so that a spec for production can be tried with its own. */
function recordOf({ projects }: ApiContext, id: string): ProjectRecord {
  const isDefault = id === defaultProject;
  const start = new Date(0).toISOString();
  return (
    projects.get(id) ?? {
      id,
      name: isDefault ? 'local' : id,
      description: isDefault ? 'The default project of this local platform' : '',
      purpose: 'Web Application',
      environment: 'Development',
      createdAt: start,
      updatedAt: start,
    }
  );
}

function present({ createdAt, updatedAt, ...project }: ProjectRecord): Record<string, unknown> {
  return {
    ...project,
    is_default: project.id === defaultProject,
    created_at: createdAt,
    updated_at: updatedAt,
  };
}

interface Resource {
  urn: string;
  status: 'ok' | 'assigned' | 'already_assigned' | 'not_found';
  assigned_at?: string;
  links?: { self: string };
}

/** @param url of this server */
function presentResource(url: string, { id, createdAt }: AppRecord, status: Resource['status']): Resource {
  return {
    urn: `do:app:${id}`,
    assigned_at: createdAt,
    links: { self: `${url}/v2/apps/${id}` },
    status,
  };
}
