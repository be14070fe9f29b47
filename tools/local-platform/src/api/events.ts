import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { ApiError, notFound } from '../errors/api-error.js';
import type { AppRecord, Autoscaling, DeploymentRecord } from '../state/app-record.js';
import type { SecretBox } from '../state/secrets.js';
import { requireApp } from './apps.js';
import type { ApiContext, AppRoute } from './context.js';
import { parseInput, repeated } from './input.js';
import { logsOf, parseLogsQuery } from './logs.js';
import { pageOf } from './paging.js';
import { presentDeployment } from './present.js';

const listQuery = z.object({ event_types: repeated(z.enum(['UNKNOWN', 'DEPLOYMENT', 'AUTOSCALING'])) });

/** /v2/apps/{app_id}/events. The event of a deployment has its id. */
export function eventRoutes(server: FastifyInstance, context: ApiContext): void {
  server.get<AppRoute>('/v2/apps/:app/events', async ({ params, query }) => {
    const app = requireApp(context, params.app);
    const { event_types: types } = parseInput(listQuery, query);
    const wanted = eventsOf(app).filter((one) => types.length === 0 || types.includes(typeOf(one)));
    const { items, ...rest } = pageOf(wanted, query, `${context.url()}/v2/apps/${app.id}/events`);
    return { events: items.map((one) => presentEvent(app, one, context.secrets)), ...rest };
  });

  server.get<AppRoute<'event'>>('/v2/apps/:app/events/:event', async ({ params }) => {
    const app = requireApp(context, params.app);
    return { event: presentEvent(app, requireEvent(app, params.event), context.secrets) };
  });

  server.post<AppRoute<'event'>>('/v2/apps/:app/events/:event/cancel', async ({ params }) => {
    const event = requireEvent(requireApp(context, params.app), params.event);
    if (!isAutoscaling(event)) await context.operations.cancel(params.app, event.id);
    else if (!(await context.progression.cancelAutoscaling(event.id))) throw notCancelled(event);
    const app = requireApp(context, params.app);
    return { event: presentEvent(app, requireEvent(app, event.id), context.secrets) };
  });

  server.get<AppRoute<'event'>>('/v2/apps/:app/events/:event/logs', async ({ params, query }) => {
    const app = requireApp(context, params.app);
    const event = requireEvent(app, params.event);
    return logsOf(context, app, deploymentOf(app, event), parseLogsQuery(query));
  });
}

type Event = DeploymentRecord | Autoscaling;

function isAutoscaling(event: Event): event is Autoscaling {
  return 'metric' in event;
}

function typeOf(event: Event): 'DEPLOYMENT' | 'AUTOSCALING' {
  return isAutoscaling(event) ? 'AUTOSCALING' : 'DEPLOYMENT';
}

/** Newest first. */
function eventsOf({ deployments, autoscalings = [] }: AppRecord): Event[] {
  return [...deployments, ...autoscalings].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

function requireEvent(app: AppRecord, id: string): Event {
  const event = eventsOf(app).find((one) => one.id === id);
  if (event === undefined) throw notFound(`Event ${id} of app "${app.spec.name}"`);
  return event;
}

/** Of an event of autoscaling, the one that was autoscaled: it has the logs. */
function deploymentOf(app: AppRecord, event: Event): DeploymentRecord {
  if (!isAutoscaling(event)) return event;
  const deployment = app.deployments.find(({ id }) => id === event.deployment);
  if (deployment === undefined) throw notFound(`Deployment ${event.deployment} of app "${app.spec.name}"`);
  return deployment;
}

function notCancelled({ id, phase }: Autoscaling): ApiError {
  return new ApiError(400, `Event ${id} is ${phase}: only one that is starting instances can be cancelled.`);
}

function presentEvent(app: AppRecord, event: Event, secrets: SecretBox): Record<string, unknown> {
  const { id, createdAt: created_at } = event;
  const common = { id, type: typeOf(event), created_at };
  if (!isAutoscaling(event))
    return { ...common, deployment_id: id, deployment: presentDeployment(app, event, secrets) };
  const { component, from, to, metric, phase, deployment } = event;
  const components = { [component]: { from, to, triggering_metric: metric } };
  return { ...common, deployment_id: deployment, autoscaling: { phase, components } };
}
