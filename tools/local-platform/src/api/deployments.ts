import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { notFound } from '../api-error.js';
import { findDeployment } from '../deployments/rollback.js';
import type { AppRecord } from '../state/app-record.js';
import { requireApp } from './apps.js';
import type { ApiContext } from './context.js';
import { parseInput } from './input.js';
import { pageOf } from './paging.js';
import { presentDeployment } from './present.js';

interface OfApp {
  Params: { app: string };
}
interface OneDeployment {
  Params: { app: string; deployment: string };
}

/** An image is never built here, so there is no cached build that `force_build` would pass over. */
const createBody = z.strictObject({ force_build: z.boolean().optional() }).optional();

/** /v2/apps/{app_id}/deployments */
export function deploymentRoutes(server: FastifyInstance, context: ApiContext): void {
  const { operations } = context;

  server.get<OfApp>('/v2/apps/:app/deployments', async (request) => {
    const { id, deployments } = requireApp(context, request.params.app);
    const { items, ...rest } = pageOf(
      deployments,
      request.query,
      `${context.url()}/v2/apps/${id}/deployments`,
    );
    return { deployments: items.map(presentDeployment), ...rest };
  });

  server.post<OfApp>('/v2/apps/:app/deployments', async (request) => {
    parseInput(createBody, request.body);
    const app = await operations.redeploy(requireApp(context, request.params.app).id);
    return { deployment: presentNewest(app) };
  });

  server.get<OneDeployment>('/v2/apps/:app/deployments/:deployment', async ({ params }) => {
    const app = requireApp(context, params.app);
    return { deployment: presentDeployment(findDeployment(app, params.deployment)) };
  });

  server.post<OneDeployment>('/v2/apps/:app/deployments/:deployment/cancel', async ({ params }) => {
    const app = requireApp(context, params.app);
    return { deployment: presentDeployment(await operations.cancel(app.id, params.deployment)) };
  });
}

/** The deployment that a write has just added. */
export function presentNewest(app: AppRecord): ReturnType<typeof presentDeployment> {
  const [newest] = app.deployments;
  if (newest === undefined) throw notFound(`A deployment of "${app.spec.name}"`);
  return presentDeployment(newest);
}
