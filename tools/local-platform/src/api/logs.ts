import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { componentsOf } from '../deployments/components.js';
import { activeDeployment } from '../deployments/phases.js';
import { findDeployment } from '../deployments/rollback.js';
import { ApiError, notFound, notHere } from '../errors/api-error.js';
import { type LogType, logTypes } from '../logs/log-folder.js';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import { requireApp } from './apps.js';
import type { ApiContext, AppRoute } from './context.js';
import { flag, parseInput } from './input.js';
import { allComponents, historicAddress, liveAddress, type LogPlace } from './log-address.js';

interface LogsRoute extends AppRoute {
  Params: AppRoute['Params'] & { deployment?: string; component?: string };
}

/**
 * `tail_lines` is in the document for job invocations only; the official Go client (godo, apps.go) has it for all. All lines
 * are asked for with -1 by the official CLI and with 0 by godo.
 */
export const extentQuery = z.object({
  follow: flag.default(false),
  tail_lines: z.coerce
    .number()
    .int()
    .min(-1)
    .transform((lines) => (lines > 0 ? lines : undefined))
    .optional(),
});
const typeQuery = z.object({ type: z.enum(['UNSPECIFIED', ...logTypes, 'AUTOSCALE_EVENT']) });
/** The document has the component in the path; godo (apps.go, GetLogs) sends it here. */
const componentQuery = z.object({ component_name: z.string().optional() });

/** Which logs a call asks for, and how. */
export interface LogsAsked extends z.infer<typeof extentQuery> {
  type: LogType;
}

/** @throws ApiError 400 for a query that is wrong, 501 for logs that there are none of here */
export function parseLogsQuery(query: unknown): LogsAsked {
  const { type, ...extent } = parseInput(typeQuery.extend(extentQuery.shape), query);
  return { ...extent, type: requireKept(type) };
}

const paths = [
  '/v2/apps/:app/logs',
  '/v2/apps/:app/components/:component/logs',
  '/v2/apps/:app/deployments/:deployment/logs',
  '/v2/apps/:app/deployments/:deployment/components/:component/logs',
];

/** Where the logs of an app, a deployment or a component are. */
export function logRoutes(server: FastifyInstance, context: ApiContext): void {
  for (const path of paths) {
    server.get<LogsRoute>(path, async ({ params, query }) => {
      const asked = parseLogsQuery(query);
      const { component_name: named } = parseInput(componentQuery, query);
      const app = requireApp(context, params.app);
      const component = params.component ?? (named || undefined);
      return logsOf(context, app, chooseDeployment(app, params.deployment), asked, component);
    });
  }
}

/**
 * `apps_get_logs_response`: one address for the current log, of one component or of all, and, with `follow`, a live one. Not an
 * address for each component: the official CLI shows the first (commands/apps.go) and promises all components.
 * @throws ApiError 400 when the deployment never reached the phase of that log
 */
export function logsOf(
  context: ApiContext,
  app: AppRecord,
  deployment: DeploymentRecord,
  { type, follow, tail_lines: tailLines }: LogsAsked,
  component?: string,
): { live_url?: string; historic_urls: string[] } {
  requireReached(deployment, type, chooseComponents(deployment, component));
  const place: LogPlace = {
    app: app.id,
    deployment: deployment.id,
    component: component ?? allComponents,
    type,
  };
  return {
    ...(follow && { live_url: liveAddress(context, place, tailLines) }),
    historic_urls: [historicAddress(context, place, tailLines)],
  };
}

function chooseDeployment(app: AppRecord, id: string | undefined): DeploymentRecord {
  if (id !== undefined) return findDeployment(app, id);
  const active = activeDeployment(app);
  if (active) return active;
  throw new ApiError(
    400,
    `App "${app.spec.name}" has no active deployment; ask for the logs of one deployment.`,
  );
}

function chooseComponents(deployment: DeploymentRecord, name: string | undefined): string[] {
  const all = componentNames(deployment);
  if (name === undefined) return all;
  if (all.includes(name)) return [name];
  throw notFound(`Component ${name} of deployment ${deployment.id}`);
}

/** All that have logs. */
export function componentNames({ spec }: DeploymentRecord): string[] {
  return componentsOf(spec).map((component) => component.spec.name);
}

function requireKept(type: z.infer<typeof typeQuery>['type']): LogType {
  const kept = logTypes.find((one) => one === type);
  if (kept) return kept;
  if (type === 'UNSPECIFIED') throw new ApiError(400, `type: expected one of ${logTypes.join(', ')}.`);
  throw notHere('has no AUTOSCALE_EVENT logs', 'List the events of the app: GET .../events');
}

function requireReached(deployment: DeploymentRecord, type: LogType, components: string[]): void {
  if (reached(deployment, type, components)) return;
  throw new ApiError(400, `Deployment ${deployment.id} is ${deployment.phase}; it has no ${type} logs.`);
}

/** Whether the step that starts this log has begun. */
function reached(deployment: DeploymentRecord, type: LogType, components: string[]): boolean {
  const begun = deployment.steps.filter(({ status }) => status !== 'PENDING');
  const entered = (stage: string) => begun.some(({ path }) => path[0] === stage && path[1] === 'initialize');
  if (type === 'BUILD') return entered('build');
  if (type === 'DEPLOY') return entered('deploy');
  return (
    begun.some(({ component = '', path }) => components.includes(component) && path.at(-1) === 'wait') ||
    (deployment.invocations ?? []).some(
      ({ job, startedAt }) => components.includes(job) && startedAt !== undefined,
    )
  );
}
