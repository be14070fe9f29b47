import { type App, type AppMetric, type Deployment, markOf, type MetricSeries } from '@odoobo/app-platform';
import { type Family, monthlyCost, type Sample } from '@odoobo/local-platform/metrics';

/** An app, and what was read of it. */
export interface ReadApp {
  app: App;
  deployments: readonly Deployment[];
  usage: Readonly<Record<AppMetric, readonly MetricSeries[]>>;
}

/** What a finished deployment counts as. */
const results = new Map([
  ['ACTIVE', 'succeeded'],
  ['SUPERSEDED', 'succeeded'],
  ['ERROR', 'failed'],
  ['CANCELED', 'canceled'],
]);

const usages: [AppMetric, string][] = [
  ['cpu_percentage', 'CPU in percent of the instance size, as last measured.'],
  ['memory_percentage', 'Memory in percent of the instance size.'],
  ['restart_count', 'Restarts, as App Platform counts them.'],
];

/** Counts the finished deployments of all apps. The platform lists the newest 200 of an app, so they are counted here. */
export class FinishedDeployments {
  readonly #counts = new Map<string, Map<string, number>>();
  readonly #seen = new Map<string, Set<string>>();

  add({ app, deployments }: Pick<ReadApp, 'app' | 'deployments'>): void {
    const counts = this.#counts.get(app.spec.name) ?? new Map<string, number>();
    const before = this.#seen.get(app.id);
    const finished = deployments.filter(({ phase = '' }) => results.has(phase));
    for (const { id, phase = '' } of finished) {
      const result = results.get(phase) ?? '';
      if (!before?.has(id)) counts.set(result, (counts.get(result) ?? 0) + 1);
    }
    this.#counts.set(app.spec.name, counts);
    this.#seen.set(app.id, new Set([...(before ?? []), ...finished.map(({ id }) => id)]));
  }

  /** @param apps those that there are */
  family(apps: readonly string[]): Family {
    return {
      name: 'app_deployments_total',
      help: 'Finished deployments, by result: succeeded, failed or canceled.',
      type: 'counter',
      values: apps.flatMap((app) =>
        [...(this.#counts.get(app) ?? [])].map(([result, value]) => ({ labels: { app, result }, value })),
      ),
    };
  }
}

/** The families of apps on App Platform, under the names of the local platform's `GET /metrics`. */
export function platformFamilies(read: readonly ReadApp[]): Family[] {
  const info: Sample[] = [];
  const since: Sample[] = [];
  const costs: Sample[] = [];
  const underWay = new Map<string, number>();
  for (const { app } of read) {
    const name = app.spec.name;
    const { active_deployment: live, in_progress_deployment: going, pending_deployment: pending } = app;
    if (live) {
      const { commit = '', artefact = '' } = markOf(live.spec) ?? {};
      info.push({ labels: { app: name, deployment: live.id, commit, digest: artefact }, value: 1 });
      const at = Date.parse(app.last_deployment_active_at ?? live.phase_last_updated_at ?? '');
      if (!Number.isNaN(at)) since.push({ labels: { app: name }, value: at / 1000 });
    }
    for (const { phase = 'UNKNOWN' } of [going, pending].flatMap((one) => one ?? []))
      underWay.set(phase, (underWay.get(phase) ?? 0) + 1);
    const dollars = monthlyCost(app.spec, 0);
    if (dollars !== undefined) costs.push({ labels: { app: name }, value: dollars });
  }
  return [
    gauge('app_live_info', 'What is live: always 1.', info),
    gauge('app_live_since_timestamp_seconds', 'When the live deployment became active.', since),
    gauge('app_cost_dollars_per_month', 'The price of the instances; without databases and traffic.', costs),
    gauge(
      'app_deployments_in_progress',
      'Deployments that are queued or in progress, by phase.',
      [...underWay].map(([phase, value]) => ({ labels: { phase }, value })),
    ),
    ...usages.map(([metric, help]) =>
      gauge(
        `app_${metric}`,
        help,
        read.flatMap((one) => usageOf(one, metric)),
      ),
    ),
  ];
}

function usageOf({ app, usage }: ReadApp, metric: AppMetric): Sample[] {
  return usage[metric].flatMap(({ metric: of, values }) => {
    const [, text] = values.at(-1) ?? [];
    const value = Number(text);
    if (text === undefined || !Number.isFinite(value)) return [];
    const { app_component: component = '', app_component_instance: instance = '' } = of;
    return [{ labels: { app: app.spec.name, component, instance }, value }];
  });
}

export function gauge(name: string, help: string, values: Sample[]): Family {
  return { name, help, type: 'gauge', values };
}
