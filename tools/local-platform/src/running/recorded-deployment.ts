import { activate, fail, isUnderWay, PhaseError, withDeployment } from '../deployments/phases.js';
import type { Reason } from '../deployments/steps.js';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import type { AppStore } from '../state/app-store.js';

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

  /** @throws PhaseError when the deployment is no longer under way. */
  async change(change: (deployment: DeploymentRecord, now: string) => DeploymentRecord): Promise<void> {
    await this.#update((app) => {
      this.#requireUnderWay(app);
      return withDeployment(app, this.id, (deployment) => change(deployment, now()));
    });
  }

  /** Makes it live; `onLive` runs in the moment in which the API shows it. @throws PhaseError */
  async activate(onLive: () => void): Promise<void> {
    await this.#update((app) => activate(app, this.id, now()), onLive);
  }

  /** Ends it in ERROR, unless it is over. */
  async fail(reason: Reason): Promise<void> {
    await this.change((deployment, at) => fail(deployment, reason, at)).catch((error: unknown) => {
      if (!(error instanceof PhaseError)) throw error;
    });
  }

  async #update(change: (app: AppRecord) => AppRecord, onWritten?: () => void): Promise<void> {
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
