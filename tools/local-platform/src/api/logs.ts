import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ApiError, notFound } from '../api-error.js';
import { activeDeployment } from '../deployments/phases.js';
import { logTypes, type LogType } from '../logs/log-folder.js';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import { findDeployment } from '../deployments/rollback.js';
import { requireApp } from './apps.js';
import type { ApiContext } from './context.js';
import { parseInput } from './input.js';
import { contentAddress, flag, lineCount } from './log-content.js';

interface OfApp {
  Params: { app: string; deployment?: string; component?: string };
}

const logsQuery = z.object({
  type: z.enum(['UNSPECIFIED', 'BUILD', 'DEPLOY', 'RUN', 'RUN_RESTARTED', 'AUTOSCALE_EVENT']),
  follow: flag.default(false),
  tail_lines: lineCount.optional(),
});

const paths = [
  '/v2/apps/:app/logs',
  '/v2/apps/:app/components/:component/logs',
  '/v2/apps/:app/deployments/:deployment/logs',
  '/v2/apps/:app/deployments/:deployment/components/:component/logs',
];

/** Where the logs of an app, a deployment or a component are: one address a component. */
export function logRoutes(server: FastifyInstance, context: ApiContext): void {
  for (const path of paths) {
    server.get<OfApp>(path, async ({ params, query }) => {
      const { type, follow, tail_lines: tailLines } = parseInput(logsQuery, query);
      const kept = requireKept(type);
      const app = requireApp(context, params.app);
      const deployment = chooseDeployment(app, params.deployment);
      requireReached(deployment, kept);
      const places = chooseComponents(deployment, params.component).map((component) => ({
        app: app.id,
        deployment: deployment.id,
        component,
        type: kept,
      }));
      const [first] = places;
      return {
        ...(follow && first && { live_url: contentAddress(context, first, { follow: true, tailLines }) }),
        historic_urls: places.map((place) => contentAddress(context, place, { follow: false, tailLines })),
      };
    });
  }
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
  const all = new Set(deployment.steps.flatMap(({ component }) => component ?? []));
  if (name === undefined) return [...all];
  if (all.has(name)) return [name];
  throw notFound(`Component ${name} of deployment ${deployment.id}`);
}

function requireKept(type: string): LogType {
  const kept = logTypes.find((one) => one === type);
  if (kept) return kept;
  if (type === 'UNSPECIFIED') throw new ApiError(400, `type: expected one of ${logTypes.join(', ')}.`);
  throw new ApiError(
    501,
    `Logs of type ${type} are part of App Platform, but the local platform does not keep them.`,
  );
}

/** The step with which each log begins. */
const begins: Record<LogType, { stage: string; name: string }> = {
  BUILD: { stage: 'build', name: 'initialize' },
  DEPLOY: { stage: 'deploy', name: 'initialize' },
  RUN: { stage: 'deploy', name: 'wait' },
};

function requireReached(deployment: DeploymentRecord, type: LogType): void {
  const { stage, name } = begins[type];
  const first = deployment.steps.filter(({ path }) => path[0] === stage && path.at(-1) === name);
  if (first.some(({ status }) => status !== 'PENDING')) return;
  throw new ApiError(400, `Deployment ${deployment.id} is ${deployment.phase}; it has no ${type} logs.`);
}
