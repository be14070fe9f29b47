import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { findDeployment } from '../deployments/rollback.js';
import { notFound } from '../errors/api-error.js';
import type { AppRecord } from '../state/app-record.js';
import type { SecretBox } from '../state/secrets.js';
import { requireApp } from './apps.js';
import type { ApiContext, AppRoute } from './context.js';
import { deploymentType, deploymentTypes } from './deployment-type.js';
import { parseInput, repeated } from './input.js';
import { pageOf } from './paging.js';
import { presentDeployment } from './present.js';

const listQuery = z.object({ deployment_types: repeated(z.enum(deploymentTypes)) });
const createBody = z.strictObject({ force_build: z.boolean().optional() }).optional();
const restartBody = z.strictObject({ components: z.array(z.string()).optional() }).optional();

/** /v2/apps/{app_id}/deployments and /v2/apps/{app_id}/restart */
export function deploymentRoutes(server: FastifyInstance, context: ApiContext): void {
  const { operations, secrets } = context;

  server.get<AppRoute>('/v2/apps/:app/deployments', async ({ params, query }) => {
    const app = requireApp(context, params.app);
    const { deployment_types: types } = parseInput(listQuery, query);
    const wanted = app.deployments.filter((one) => types.length === 0 || types.includes(deploymentType(one)));
    const { items, ...rest } = pageOf(wanted, query, `${context.url()}/v2/apps/${app.id}/deployments`);
    return { deployments: items.map((one) => presentDeployment(app, one, secrets)), ...rest };
  });

  server.post<AppRoute>('/v2/apps/:app/deployments', async (request) => {
    const { force_build: forceBuild = false } = parseInput(createBody, request.body) ?? {};
    const { id } = requireApp(context, request.params.app);
    return { deployment: presentNewest(await operations.redeploy(id, { forceBuild }), secrets) };
  });

  server.post<AppRoute>('/v2/apps/:app/restart', async (request) => {
    const { components } = parseInput(restartBody, request.body) ?? {};
    const { id } = requireApp(context, request.params.app);
    return { deployment: presentNewest(await operations.restart(id, components), secrets) };
  });

  server.get<AppRoute<'deployment'>>('/v2/apps/:app/deployments/:deployment', async ({ params }) => {
    const app = requireApp(context, params.app);
    return { deployment: presentDeployment(app, findDeployment(app, params.deployment), secrets) };
  });

  server.post<AppRoute<'deployment'>>('/v2/apps/:app/deployments/:deployment/cancel', async ({ params }) => {
    const cancelled = await operations.cancel(requireApp(context, params.app).id, params.deployment);
    return { deployment: presentDeployment(requireApp(context, params.app), cancelled, secrets) };
  });
}

/** The deployment that a write has just added. */
export function presentNewest(app: AppRecord, secrets: SecretBox): ReturnType<typeof presentDeployment> {
  const [newest] = app.deployments;
  if (newest === undefined) throw notFound(`A deployment of "${app.spec.name}"`);
  return presentDeployment(app, newest, secrets);
}
