import { setTimeout as delay } from 'node:timers/promises';
import { jobNames } from '../deployments/components.js';
import { addInvocations } from '../deployments/invocations.js';
import { activate, fail, isUnderWay, PhaseError, withDeployment } from '../deployments/phases.js';
import type { Reason } from '../deployments/steps.js';
import { ApiError } from '../errors/api-error.js';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import type { AppStore } from '../state/app-store.js';

type Change = (deployment: DeploymentRecord, now: string) => DeploymentRecord;

/** The interval between two tries to write a record. */
const retryMs = 1_000;

/** The record of a deployment that is being run. Every change of it is refused once it was cancelled or overtaken. */
export class RecordedDeployment {
  constructor(
    private readonly store: AppStore,
    private readonly appId: string,
    readonly id: string,
  ) {}

  /** @throws PhaseError when the deployment or its app is gone. */
  read(): { app: AppRecord; deployment: DeploymentRecord } {
    const app = this.store.get(this.appId);
    const deployment = app?.deployments.find((one) => one.id === this.id);
    if (!app || !deployment) throw this.#gone();
    return { app, deployment };
  }

  /** Whether it got past its build; false of one that is gone. */
  get isBuilt(): boolean {
    const deployment = this.store.get(this.appId)?.deployments.find(({ id }) => id === this.id);
    return deployment !== undefined && !['PENDING_BUILD', 'BUILDING'].includes(deployment.phase);
  }

  /** @throws PhaseError when the deployment is no longer in progress. */
  async change(change: Change): Promise<void> {
    await this.#update((app) => {
      this.#requireUnderWay(app);
      return withDeployment(app, this.id, (deployment) => change(deployment, now()));
    });
  }

  /** A change that an ended deployment also accepts: the run of a job that comes after it. Does nothing when it is gone. */
  async note(change: Change): Promise<void> {
    await this.store.update(this.appId, (app) =>
      withDeployment(app, this.id, (deployment) => change(deployment, now())),
    );
  }

  /**
   * Makes it live and announces the jobs that come after; `onLive` runs when that is written and before the API shows it.
   * @throws PhaseError
   */
  async activate(onLive: () => Promise<void>): Promise<void> {
    await this.#update((app) => {
      const later = jobNames(this.read().deployment.spec, 'POST_DEPLOY');
      const at = now();
      return withDeployment(activate(app, this.id, at, later), this.id, (one) =>
        addInvocations(one, later, at),
      );
    }, onLive);
  }

  /**
   * Ends it in ERROR, unless it is over; true if this call did. Where the disk is full it waits for room, or for `signal`:
   * nothing else would ever end it.
   */
  async fail(reason: Reason, component: string | undefined, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      try {
        await this.change((deployment, at) => fail(deployment, reason, at, component));
        return true;
      } catch (error) {
        if (error instanceof PhaseError) return false;
        if (!(error instanceof ApiError)) throw error;
        await delay(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
    return false;
  }

  async #update(change: (app: AppRecord) => AppRecord, onWritten?: () => Promise<void>): Promise<void> {
    if (!(await this.store.update(this.appId, change, onWritten))) throw this.#gone();
  }

  #requireUnderWay(app: AppRecord): void {
    const deployment = app.deployments.find((one) => one.id === this.id);
    if (!deployment) throw this.#gone();
    if (!isUnderWay(deployment)) throw new PhaseError(`Deployment ${this.id} is ${deployment.phase}.`);
  }

  #gone(): PhaseError {
    return new PhaseError(`Deployment ${this.id} was deleted with its app.`);
  }
}

function now(): string {
  return new Date().toISOString();
}
