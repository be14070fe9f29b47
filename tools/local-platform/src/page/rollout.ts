import {
  rolloutIn,
  routerOf,
  type RouterOrder,
  Routers,
  type RouterState,
  RouterTrouble,
  statePathIn,
} from '@odoobo/app-platform/rollout';
import { abortable, withDeadline } from '@odoobo/machine/time';
import type { FastifyInstance } from 'fastify';
import * as z from 'zod';
import { requireApp } from '../api/apps.js';
import type { ApiContext, AppRoute } from '../api/context.js';
import { parseInput } from '../api/input.js';
import { activeDeployment } from '../deployments/phases.js';
import { ApiError } from '../errors/api-error.js';
import { logFile } from '../logs/log-folder.js';
import { readLog } from '../logs/read-log.js';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import { pageData } from './addresses.js';
import type { RolloutAnswer } from './answers.js';
import { RolloutLog } from './rollout-log.js';

/** Of the log of the routers: a day of rollout, which logs a line each ten seconds. */
const readLines = 9_000;

const orderSchema = z.strictObject({
  rollout: z.string(),
  do: z.enum(['approve', 'hold', 'go-on', 'abort']),
  step: z.int().min(0).optional(),
  because: z.string().min(1).max(500).optional(),
});

/** A rollout that is live in an app. */
interface Live {
  id: string;
  service: string;
  deployment: DeploymentRecord;
}

/** How far the rollout of an app is, and what its routers are told. The platform knows their secret; the page never gets it. */
export function rolloutRoutes(server: FastifyInstance, context: ApiContext): void {
  const path = `${pageData}apps/:app/rollout`;
  server.get<AppRoute>(path, async ({ params }): Promise<RolloutAnswer> => {
    const app = requireApp(context, params.app);
    const live = liveIn(app);
    return { rollout: live ? await readingOf(context, app, live) : null };
  });
  server.post<AppRoute>(path, async ({ params, body }): Promise<RolloutAnswer> => {
    const app = requireApp(context, params.app);
    const { rollout: id, ...order } = parseInput(orderSchema, body);
    const live = liveIn(app);
    if (live?.id !== id) throw new ApiError(409, `Rollout ${id} is not live any more. Nothing was changed.`);
    await tell(context, app, live, order);
    return { rollout: await readingOf(context, app, live) };
  });
}

function liveIn(app: AppRecord): Live | undefined {
  const deployment = activeDeployment(app);
  const canary = rolloutIn(deployment?.spec);
  return deployment && canary && { id: canary.rollout, service: canary.service, deployment };
}

/** What the routers of all rollouts say that answer in time, by the name of the app. @param withinMs for all together */
export async function rolloutStates(
  context: ApiContext,
  apps: readonly AppRecord[],
  withinMs: number,
): Promise<ReadonlyMap<string, RouterState>> {
  const asked = apps.map(async (app) => {
    const live = liveIn(app);
    if (!live) return [];
    const answer = await withDeadline(withinMs, context.closing, (signal) =>
      abortable(ask(context, app, live), signal),
    ).catch(() => undefined);
    return answer && 'state' in answer ? [[app.spec.name, answer.state] as const] : [];
  });
  return new Map((await Promise.all(asked)).flat());
}

async function readingOf(
  context: ApiContext,
  app: AppRecord,
  live: Live,
): Promise<NonNullable<RolloutAnswer['rollout']>> {
  const [now, told] = await Promise.all([ask(context, app, live), logOf(context, live)]);
  return { id: live.id, ...now, ...told };
}

async function ask(
  context: ApiContext,
  app: AppRecord,
  live: Live,
): Promise<{ state: RouterState } | { trouble: string }> {
  try {
    return { state: await withRouters(context, app, live, (routers) => routers.state(context.closing)) };
  } catch (error) {
    if (error instanceof RouterTrouble) return { trouble: error.message };
    throw error;
  }
}

async function tell(context: ApiContext, app: AppRecord, live: Live, order: RouterOrder): Promise<void> {
  try {
    await withRouters(context, app, live, (routers) => routers.tell(order, context.closing));
  } catch (cause) {
    if (cause instanceof RouterTrouble) throw new ApiError(409, cause.message, { cause });
    throw cause;
  }
}

async function withRouters<T>(
  { secrets, progression }: ApiContext,
  app: AppRecord,
  { id, service, deployment }: Live,
  work: (routers: Routers) => Promise<T>,
): Promise<T> {
  const { spec } = deployment;
  const router = spec.services?.find(({ name }) => name === routerOf(service));
  const { value = '' } = router?.envs?.find(({ key }) => key === 'ROUTER_SECRET') ?? {};
  const routers = new Routers({
    url: progression.urlOf(app) ?? '',
    path: statePathIn(spec, service) ?? '/',
    rollout: id,
    secret: secrets.decrypt(value) ?? '',
  });
  try {
    return await work(routers);
  } finally {
    await routers.close();
  }
}

async function logOf({ logs, caps }: ApiContext, { service, deployment }: Live): Promise<RolloutLog['told']> {
  const file = logFile(logs, deployment.id, routerOf(service), 'RUN');
  const log = new RolloutLog();
  for await (const line of readLog(file, { tailLines: readLines, caps })) log.add(line);
  return log.told;
}
