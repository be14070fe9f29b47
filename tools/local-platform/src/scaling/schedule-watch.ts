import { checkAppSpec } from '@odoobo/app-platform/spec';
import { heldAt, markOf, rescaled, scheduleOf, withMark } from '@odoobo/app-platform/versions';
import type { Clock } from '@odoobo/machine/time';
import { randomUUID } from 'node:crypto';
import { newDeployment } from '../deployments/new-records.js';
import type { Operations } from '../deployments/operations.js';
import { activeDeployment } from '../deployments/phases.js';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import type { AppStore } from '../state/app-store.js';

/** How late a time of a schedule is noticed at most. */
const periodMs = 5_000;

export interface ScheduleWatchParts {
  store: AppStore;
  operations: Pick<Operations, 'rescale'>;
  clock: Clock;
  warn: (message: string) => void;
}

type Held = NonNullable<ReturnType<typeof heldAt>>;

/** Applies the schedules of apps: each time of them once, however late, with at most one write. */
export class ScheduleWatch {
  readonly #closed = new AbortController();
  #watching: Promise<void> | undefined;

  constructor(private readonly parts: ScheduleWatchParts) {}

  start(): void {
    this.#watching ??= this.#watch();
  }

  /** Safe to repeat. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#watching;
  }

  /** One look at all apps. */
  async look(): Promise<void> {
    const { store, clock, warn } = this.parts;
    for (const app of store.list()) {
      const live = activeDeployment(app);
      const schedule = live && scheduleOf(live.spec);
      const held = schedule && heldAt(schedule, clock.now());
      if (!held || isApplied(app, held)) continue;
      await this.#apply(app, held).catch((error: Error) =>
        warn(`The schedule of app "${app.spec.name}" could not be applied: ${error.message}`),
      );
    }
  }

  async #watch(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      await this.look();
      await this.parts.clock.sleep(periodMs, signal).catch(() => undefined);
    }
  }

  #apply({ id }: AppRecord, held: Held): Promise<void> {
    return this.parts.operations.rescale(id, (app, live) => {
      const mark = markOf(live.spec);
      // The rollout decides about the sizes of both versions.
      if (isApplied(app, held) || mark?.canary) return { app };
      return this.#planned(app, live, held);
    });
  }

  #planned(
    app: AppRecord,
    live: DeploymentRecord,
    held: Held,
  ): { app: AppRecord; deployment?: DeploymentRecord } {
    const asItIs = { ...app, appliedSchedule: { key: held.key, deployment: live.id } };
    try {
      const { spec, marked, isChanged } = rescaled(live.spec, held, app.spec.name);
      if (!isChanged) return { app: asItIs };
      const { archived: _archived, ...mark } = markOf(live.spec) ?? { skill: app.spec.name, artefact: '-' };
      const sent = withMark(spec, { ...mark, ...marked, write: randomUUID(), over: live.id });
      requireValid(sent);
      const now = new Date().toISOString();
      const { sources = {} } = live;
      const deployment = newDeployment(sent, 'scaled by its schedule', now, { sources });
      const appliedSchedule = { key: held.key, deployment: deployment.id };
      return { app: { ...app, spec: sent, appliedSchedule }, deployment };
    } catch (error) {
      // It would fail again until the next time.
      this.parts.warn(
        `The schedule of app "${app.spec.name}" cannot be applied: ${(error as Error).message}`,
      );
      return { app: asItIs };
    }
  }
}

/** Whether it was applied already. What someone else has overtaken was not. */
function isApplied({ appliedSchedule: applied, deployments }: AppRecord, { key }: Held): boolean {
  if (applied?.key !== key) return false;
  return deployments.find(({ id }) => id === applied.deployment)?.phase !== 'CANCELED';
}

function requireValid(spec: DeploymentRecord['spec']): void {
  const check = checkAppSpec(spec);
  if (check.ok) return;
  throw new Error(check.issues.map(({ path, message }) => `${path}: ${message}`).join('; '));
}
