import type { RouterState } from '@odoobo/app-platform/rollout';
import { abortable, withDeadline } from '@odoobo/machine/time';
import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../api/context.js';
import { isUnderWay } from '../deployments/phases.js';
import type { AppTraffic } from '../deployments/progression.js';
import { rolloutStates } from '../page/rollout.js';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import { appFamilies } from './app-families.js';
import { deliveryFamilies } from './delivery-families.js';
import type { Family, Sample } from './family.js';
import { formats, metricsText } from './metrics-text.js';
import { TrafficFamilies } from './traffic-families.js';

/** Where Prometheus scrapes. Needs the token, and takes none of its calls. */
export const metricsPath = '/metrics';

/** How long a scrape waits for the process that counts requests, and for routers; Prometheus waits 10 s by default. */
const waitMs = 2_000;

/** Apps beyond it have no series: many a series makes Prometheus slow for all. */
const mostApps = 2_000;

/** `GET /metrics`: what the platform and its apps do, as Prometheus or OpenMetrics text. */
export function metricsRoute(server: FastifyInstance, context: ApiContext): void {
  const kept = { deployments: new DeploymentCounter(), requests: new TrafficFamilies() };
  server.get(metricsPath, async ({ headers }, reply) => {
    const wantsOpen = headers.accept?.includes('application/openmetrics-text') ?? false;
    const type = wantsOpen ? formats.openMetrics : formats.prometheus;
    const text = await metricsText(await families(context, kept), type);
    return reply.header('content-type', type).send(text);
  });
}

/** What lasts from one scrape to the next. */
interface Kept {
  deployments: DeploymentCounter;
  requests: TrafficFamilies;
}

/** Everything but the metrics of the process itself. */
async function families(context: ApiContext, { deployments, requests }: Kept): Promise<Family[]> {
  const { store, progression, delivery } = context;
  const all = store.list();
  const apps = all.slice(0, mostApps);
  const names = new Map(apps.map(({ id, spec }) => [id, spec.name]));
  const [traffic, states] = await Promise.all([trafficWithin(context), rolloutStates(context, apps, waitMs)]);
  const byName = new Map(
    [...(traffic ?? [])].flatMap(([id, one]) => {
      const name = names.get(id);
      return name === undefined ? [] : [[name, one] as const];
    }),
  );
  return [
    ...requests.families(byName),
    ...appFamilies(apps, progression),
    deployments.family(apps),
    ...rolloutFamilies(states),
    ...deliveryFamilies(delivery.read()?.skills.slice(0, mostApps) ?? []),
    platformGauge('local_platform_apps', 'Apps of this platform.', all.length),
    platformGauge('local_platform_apps_left_out', 'Apps that have no series here.', all.length - apps.length),
    platformGauge(
      'local_platform_ingress_up',
      '1 if the process that serves the URLs has answered, else 0: then the series of requests are missing.',
      traffic ? 1 : 0,
    ),
  ];
}

/** Undefined if the process that serves the URLs does not answer: what else is known is still shown. */
async function trafficWithin({
  progression,
  closing,
}: ApiContext): Promise<ReadonlyMap<string, AppTraffic> | undefined> {
  try {
    return await withDeadline(waitMs, closing, (signal) => abortable(progression.trafficOf(), signal));
  } catch {
    return undefined;
  }
}

function platformGauge(name: string, help: string, value: number): Family {
  return { name, help, type: 'gauge', values: [{ labels: {}, value }] };
}

/** What a finished deployment counts as. */
const results: Partial<Record<DeploymentRecord['phase'], string>> = {
  ACTIVE: 'succeeded',
  SUPERSEDED: 'succeeded',
  ERROR: 'failed',
  CANCELED: 'canceled',
};

/**
 * Counts finished deployments by app and result, from those that the platform still remembers when it starts. Their records
 * are deleted at some time, so they are counted here: the counts only go down when the platform is restarted.
 */
class DeploymentCounter {
  readonly #counts = new Map<string, Map<string, number>>();
  /** The finished deployments of each app that are counted and still recorded. */
  readonly #seen = new Map<string, Set<string>>();
  /** A record that was counted is not read again: it is never changed, but replaced. */
  readonly #counted = new WeakSet<AppRecord>();

  family(apps: readonly AppRecord[]): Family {
    const ids = new Set(apps.map(({ id }) => id));
    for (const id of this.#seen.keys()) if (!ids.has(id)) this.#forget(id);
    for (const app of apps) this.#count(app);
    return {
      name: 'app_deployments_total',
      help: 'Finished deployments, by result: succeeded, failed or canceled.',
      type: 'counter',
      values: apps.flatMap(({ id, spec }) =>
        [...(this.#counts.get(id) ?? [])].map(([result, value]) => ({
          labels: { app: spec.name, result },
          value,
        })),
      ),
    };
  }

  #count(app: AppRecord): void {
    if (this.#counted.has(app)) return;
    this.#counted.add(app);
    const { id, deployments } = app;
    const before = this.#seen.get(id);
    const finished = deployments.filter((one) => !isUnderWay(one));
    const counts = this.#counts.get(id) ?? new Map<string, number>();
    for (const { id: deployment, phase } of finished) {
      const result = results[phase];
      if (result !== undefined && !before?.has(deployment)) counts.set(result, (counts.get(result) ?? 0) + 1);
    }
    this.#counts.set(id, counts);
    this.#seen.set(id, new Set(finished.map((one) => one.id)));
  }

  #forget(id: string): void {
    this.#seen.delete(id);
    this.#counts.delete(id);
  }
}

/** How rollouts go, by the counts of their routers. @param states by the name of the app */
function rolloutFamilies(states: ReadonlyMap<string, RouterState>): Family[] {
  const requests: Sample[] = [];
  const failures: Sample[] = [];
  const weights: Sample[] = [];
  for (const [app, { rollout, weight, variants }] of states) {
    weights.push({ labels: { app, rollout }, value: weight });
    for (const variant of ['live', 'canary'] as const) {
      const labels = { app, rollout, variant };
      requests.push({ labels, value: variants[variant].requests });
      failures.push({ labels, value: variants[variant].failures });
    }
  }
  return [
    {
      name: 'app_variant_requests_total',
      help: 'Requests that each version of a rollout has answered.',
      type: 'counter',
      values: requests,
    },
    {
      name: 'app_variant_failures_total',
      help: 'Of those, the ones that have failed.',
      type: 'counter',
      values: failures,
    },
    {
      name: 'app_rollout_weight_percentage',
      help: 'The percentage of the clients that the new version serves.',
      type: 'gauge',
      values: weights,
    },
  ];
}
