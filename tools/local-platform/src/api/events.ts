import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { notFound } from '../errors/api-error.js';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import type { SecretBox } from '../state/secrets.js';
import { requireApp } from './apps.js';
import type { ApiContext, AppRoute } from './context.js';
import { parseInput, repeated } from './input.js';
import { logsOf, parseLogsQuery } from './logs.js';
import { pageOf } from './paging.js';
import { presentDeployment } from './present.js';

const listQuery = z.object({ event_types: repeated(z.enum(['UNKNOWN', 'DEPLOYMENT', 'AUTOSCALING'])) });

/** /v2/apps/{app_id}/events. There is no autoscaling here, so every event is a deployment and has its id. */
export function eventRoutes(server: FastifyInstance, context: ApiContext): void {
  server.get<AppRoute>('/v2/apps/:app/events', async ({ params, query }) => {
    const app = requireApp(context, params.app);
    const { event_types: types } = parseInput(listQuery, query);
    const wanted = types.length === 0 || types.includes('DEPLOYMENT') ? app.deployments : [];
    const { items, ...rest } = pageOf(wanted, query, `${context.url()}/v2/apps/${app.id}/events`);
    return { events: items.map((one) => presentEvent(app, one, context.secrets)), ...rest };
  });

  server.get<AppRoute<'event'>>('/v2/apps/:app/events/:event', async ({ params }) => {
    const app = requireApp(context, params.app);
    return { event: presentEvent(app, requireEvent(app, params.event), context.secrets) };
  });

  server.post<AppRoute<'event'>>('/v2/apps/:app/events/:event/cancel', async ({ params }) => {
    const { id } = requireEvent(requireApp(context, params.app), params.event);
    const cancelled = await context.operations.cancel(params.app, id);
    return { event: presentEvent(requireApp(context, params.app), cancelled, context.secrets) };
  });

  server.get<AppRoute<'event'>>('/v2/apps/:app/events/:event/logs', async ({ params, query }) => {
    const app = requireApp(context, params.app);
    return logsOf(context, app, requireEvent(app, params.event), parseLogsQuery(query));
  });
}

function requireEvent(app: AppRecord, id: string): DeploymentRecord {
  const deployment = app.deployments.find((one) => one.id === id);
  if (deployment === undefined) throw notFound(`Event ${id} of app "${app.spec.name}"`);
  return deployment;
}

function presentEvent(
  app: AppRecord,
  deployment: DeploymentRecord,
  secrets: SecretBox,
): Record<string, unknown> {
  return {
    id: deployment.id,
    type: 'DEPLOYMENT',
    created_at: deployment.createdAt,
    deployment_id: deployment.id,
    deployment: presentDeployment(app, deployment, secrets),
  };
}
