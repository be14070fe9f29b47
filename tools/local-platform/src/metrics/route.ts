import { abortable, withDeadline } from '@odoobo/machine/time';
import type { FastifyInstance } from 'fastify';
import type { ApiContext } from '../api/context.js';
import type { AppTraffic } from '../deployments/progression.js';
import { rolloutStates } from '../page/rollout.js';
import { appFamilies } from './app-families.js';
import { deliveryFamilies } from './delivery-families.js';
import { DeploymentCounter } from './deployment-counter.js';
import type { Family } from './family.js';
import { formats, metricsText } from './metrics-text.js';
import { rolloutFamilies } from './rollout-families.js';
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
