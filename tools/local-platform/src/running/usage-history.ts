import { setTimeout as delay } from 'node:timers/promises';
import { activeDeployment } from '../deployments/phases.js';
import { type InstanceUsage, type UsagePoint, usageStepMs } from '../deployments/progression.js';
import type { ProcessGroup } from '../process/process-group.js';
import { type GroupUsage, usageOf } from '../process/usage.js';
import type { AppStore } from '../state/app-store.js';
import type { ComponentRun } from './component-run.js';
import { sizeOf } from './component-spec.js';
import type { InstanceRun } from './instance-run.js';

/** An hour of them. */
const keptPoints = 240;

/** An instance of what is live. */
interface Measured extends Pick<InstanceRun, 'name' | 'group'> {
  component: Pick<ComponentRun, 'name' | 'component'>;
}

interface Series {
  component: string;
  points: UsagePoint[];
  /** What the process had used at the last look. */
  last: { group: ProcessGroup; cpuMs: number; at: number } | undefined;
}

/** What the instances of all live deployments have used, for about an hour; in memory only. */
export class UsageHistory {
  readonly #apps = new Map<string, Map<string, Series>>();
  readonly #closed = new AbortController();
  #watching: Promise<void> | undefined;

  /** @param live what is live, by app */
  constructor(
    private readonly live: () => ReadonlyMap<string, { run: { instances: readonly Measured[] } }>,
    private readonly store: Pick<AppStore, 'get'>,
    private readonly warn: (message: string) => void,
    private readonly stepMs = usageStepMs,
  ) {}

  start(): void {
    this.#watching ??= this.#watch();
  }

  /** Safe to repeat. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#watching;
  }

  of(appId: string): InstanceUsage[] {
    const series = this.#apps.get(appId) ?? [];
    return [...series].map(([instance, { component, points }]) => ({ instance, component, points }));
  }

  async #watch(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      await this.#look().catch((error: Error) =>
        this.warn(`The resource use of the services cannot be read: ${error.message}`),
      );
      await delay(this.stepMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** One look at the process table, whatever the number of apps. */
  async #look(): Promise<void> {
    const live = this.live();
    for (const id of this.#apps.keys()) if (!live.has(id)) this.#apps.delete(id);
    const groups = [...live.values()].flatMap(({ run }) => run.instances.flatMap(({ group }) => group ?? []));
    const usage = groups.length > 0 ? await usageOf(groups) : new Map<ProcessGroup, GroupUsage>();
    const at = Date.now();
    for (const [id, { run }] of live) {
      const restarts = this.#restartsOf(id);
      const series = this.#seriesOf(id);
      for (const instance of run.instances) note(series, instance, usage, at, restarts(instance.name));
      forgetOld(series, at - keptPoints * this.stepMs);
    }
  }

  #restartsOf(id: string): (instance: string) => number {
    const app = this.store.get(id);
    const restarts = app && activeDeployment(app)?.restarts;
    return (instance) => restarts?.[instance]?.count ?? 0;
  }

  #seriesOf(id: string): Map<string, Series> {
    const series = this.#apps.get(id) ?? new Map<string, Series>();
    this.#apps.set(id, series);
    return series;
  }
}

function note(
  all: Map<string, Series>,
  { name, component, group }: Measured,
  usage: ReadonlyMap<ProcessGroup, GroupUsage>,
  at: number,
  restarts: number,
): void {
  const series = all.get(name) ?? { component: component.name, points: [], last: undefined };
  all.set(name, series);
  const used = group && usage.get(group);
  const { cpus, memoryBytes } = sizeOf(component.component);
  const cpuMs = used && series.last?.group === group ? used.cpuMs - series.last.cpuMs : undefined;
  const elapsedMs = at - (series.last?.at ?? at);
  series.points.push({
    at,
    cpuPercent: cpuMs === undefined || elapsedMs <= 0 ? null : (Math.max(0, cpuMs) / elapsedMs / cpus) * 100,
    memoryPercent: used ? (used.memoryBytes / memoryBytes) * 100 : null,
    memoryBytes: used?.memoryBytes ?? null,
    restarts,
  });
  if (series.points.length > keptPoints) series.points.shift();
  series.last = group && used && { group, cpuMs: used.cpuMs, at };
}

/** Deletes the data of instances that a later version no longer has. */
function forgetOld(all: Map<string, Series>, before: number): void {
  for (const [name, { points }] of all) if ((points.at(-1)?.at ?? 0) < before) all.delete(name);
}
