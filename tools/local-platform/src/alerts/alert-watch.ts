import { setTimeout as delay } from 'node:timers/promises';
import {
  type InstanceUsage,
  type Progression,
  type UsagePoint,
  usageStepMs,
} from '../deployments/progression.js';
import type { AppRecord } from '../state/app-record.js';
import type { AppStore } from '../state/app-store.js';
import { type Alert, alertsOf, type AlertSpec } from './alerts-of.js';
import { happeningsIn, isOver } from './deployment-alert.js';
import type { Notifier } from './notify.js';

export interface AlertWatchOptions {
  store: AppStore;
  progression: Pick<Progression, 'usageOf'>;
  notifier: Notifier;
  warn: (message: string) => void;
  /** The default is the system's clock, in milliseconds since 1970. */
  now?: () => number;
}

/**
 * Raises the alerts of all apps, tells their webhooks once, and ends them. What is raised is in the app's record, which is
 * written before anyone is notified: a server that is killed in between notifies no one twice.
 */
export class AlertWatch {
  readonly #closed = new AbortController();
  readonly #now: () => number;
  #watching: Promise<void> | undefined;
  readonly #inProgress = new Set<Promise<void>>();

  constructor(private readonly options: AlertWatchOptions) {
    this.#now = options.now ?? Date.now;
    options.store.onChange((before, after) => this.#changed(before, after));
  }

  /** Looks at the use of resources from now on. */
  start(): void {
    this.#watching ??= this.#watch();
  }

  /** Safe to repeat. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#watching;
    await Promise.all(this.#inProgress);
    await this.options.notifier.close();
  }

  /** One look at what all apps use. */
  async look(): Promise<void> {
    const { store, progression } = this.options;
    for (const app of store.list()) {
      const usage = progression.usageOf(app);
      for (const alert of alertsOf(app).filter(({ component }) => component !== undefined)) {
        const own = usage.filter(({ component }) => component === alert.component);
        const reason = alert.spec.disabled ? undefined : usageReason(alert.spec, own, this.#now());
        if (reason !== undefined) await this.#raise(app.id, alert, reason);
        else if (isRaised(app, alert)) await this.#end(app.id, alert);
      }
    }
  }

  async #watch(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      await delay(usageStepMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await this.look().catch(this.#failed);
    }
  }

  #changed(before: AppRecord | undefined, after: AppRecord): void {
    if (before?.deployments === after.deployments || !after.spec.alerts) return;
    const alerts = alertsOf(after).filter(({ component }) => component === undefined);
    const happened = happeningsIn(before, after);
    const work = alerts.flatMap((alert) => {
      const raise = happened
        .filter(({ rule }) => rule === alert.spec.rule && !alert.spec.disabled)
        .map(
          ({ reason }) =>
            async () =>
              this.#raise(after.id, alert, reason),
        );
      const end = async (): Promise<void> => {
        if (alert.spec.disabled || isOver(alert.spec.rule, after)) await this.#end(after.id, alert);
      };
      return raise.length > 0 || isRaised(after, alert) ? [...raise, end] : [];
    });
    if (work.length > 0) this.#inTurn(work);
  }

  #inTurn(work: readonly (() => Promise<void>)[]): void {
    const done = (async () => {
      for (const one of work) await one();
    })().catch(this.#failed);
    this.#inProgress.add(done);
    void done.finally(() => this.#inProgress.delete(done));
  }

  /** Tells the webhooks, unless it is raised already. */
  async #raise(appId: string, alert: Alert, reason: string): Promise<void> {
    let isNew = false;
    const app = await this.options.store.update(appId, (record) => {
      isNew = !isRaised(record, alert);
      return isNew ? withState(record, alert, { reason, raisedAt: this.#time() }) : record;
    });
    if (app && isNew) this.options.notifier.tell(app, alert, reason);
  }

  async #end(appId: string, alert: Alert): Promise<void> {
    await this.options.store.update(appId, (record) => {
      const state = record.raisedAlerts?.[alert.id];
      if (state === undefined || state.endedAt !== undefined) return record;
      return withState(record, alert, { ...state, endedAt: this.#time() });
    });
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }

  readonly #failed = (error: Error): void => {
    this.options.warn(`The alerts could not be looked at: ${error.message}`);
  };
}

type State = NonNullable<AppRecord['raisedAlerts']>[string];

function isRaised({ raisedAlerts }: AppRecord, { id }: Alert): boolean {
  const state = raisedAlerts?.[id];
  return state !== undefined && state.endedAt === undefined;
}

/** The states of alerts that the spec no longer has are forgotten here. */
function withState(app: AppRecord, { id }: Alert, state: State): AppRecord {
  const known = new Set(alertsOf(app).map((one) => one.id));
  const kept = Object.entries(app.raisedAlerts ?? {}).filter(([key]) => known.has(key));
  return { ...app, raisedAlerts: { ...Object.fromEntries(kept), [id]: state } };
}

const minuteMs = 60_000;
const windows: Record<string, number> = {
  FIVE_MINUTES: 5 * minuteMs,
  TEN_MINUTES: 10 * minuteMs,
  THIRTY_MINUTES: 30 * minuteMs,
  ONE_HOUR: 60 * minuteMs,
};

/** What a rule looks at. */
const measures: Partial<Record<AlertSpec['rule'], 'cpuPercent' | 'memoryPercent' | 'restarts'>> = {
  CPU_UTILIZATION: 'cpuPercent',
  MEM_UTILIZATION: 'memoryPercent',
  RESTART_COUNT: 'restarts',
};

/**
 * Why a rule about resources holds now, in words; undefined where it does not, or not known yet. CPU and memory are the mean of
 * the whole window, restarts are counted in it. Without an operator and a window, as the spec allows: above, in five minutes.
 * @param usage of the instances of its component: one is enough
 * @param now milliseconds since 1970
 */
function usageReason(spec: AlertSpec, usage: readonly InstanceUsage[], now: number): string | undefined {
  const measure = measures[spec.rule];
  if (measure === undefined) return undefined;
  const { value: limit = 0, operator } = spec;
  const windowMs = windows[spec.window ?? ''] ?? 5 * minuteMs;
  for (const { instance, points } of usage) {
    const value =
      measure === 'restarts' ? restartsIn(points, now - windowMs) : meanIn(points, now - windowMs, measure);
    if (value === undefined || !(operator === 'LESS_THAN' ? value < limit : value > limit)) continue;
    const shown =
      measure === 'restarts' ? `${value} ${value === 1 ? 'restart' : 'restarts'}` : `${value.toFixed(1)} %`;
    return `${instance}: ${shown} in ${windowMs / minuteMs} minutes, ${operator === 'LESS_THAN' ? 'below' : 'above'} ${limit}`;
  }
  return undefined;
}

/** Undefined unless the instance was measured during the whole time. */
function meanIn(
  points: readonly UsagePoint[],
  since: number,
  measure: 'cpuPercent' | 'memoryPercent',
): number | undefined {
  const [oldest] = points;
  if (oldest === undefined || oldest.at > since + usageStepMs) return undefined;
  const values = points.flatMap((point) => (point.at >= since ? (point[measure] ?? []) : []));
  return values.length === 0 ? undefined : values.reduce((sum, one) => sum + one, 0) / values.length;
}

/** The counter begins at 0 with each deployment: a lower value than the one before is of another version. */
function restartsIn(points: readonly UsagePoint[], since: number): number | undefined {
  if (points.length === 0) return undefined;
  const start = points.findLastIndex(({ at }) => at < since);
  let counted = 0;
  let last = points[start]?.restarts ?? 0;
  for (const { restarts } of points.slice(start + 1)) {
    counted += restarts < last ? restarts : restarts - last;
    last = restarts;
  }
  return counted;
}
