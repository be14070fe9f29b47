import { isUnderWay } from '../deployments/phases.js';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import type { Family } from './family.js';

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
export class DeploymentCounter {
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
