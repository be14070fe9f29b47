import type { DeployResult } from '@odoobo/app-platform';
import type { Change } from './change.js';

/** What a deployment makes live: a change, if one is known, of an artefact. */
interface Version {
  change: Change;
  digest: string;
}

/**
 * Which change each deployment of an app has made live. A restart, a scale and a rollback are deployments of their own, and bring
 * no change: what is rolled back after them is the version that they repeat.
 */
export class LiveVersions {
  /** By app and deployment. */
  readonly #versions = new Map<string, Version>();

  /** @param result of the deploy that has made the change */
  add(change: Change, { deploymentId, digest }: DeployResult): void {
    if (deploymentId !== undefined) this.#versions.set(keyOf(change.app, deploymentId), { change, digest });
  }

  /** Adds the deployments of a run that repeat an earlier version. */
  addRepeated(app: string, result: DeployResult): void {
    const { action, outcome, deploymentId, previousDeploymentId, rollbackDeploymentId, digest } = result;
    const previous = this.#versionOf(app, previousDeploymentId);
    this.#repeat(app, rollbackDeploymentId, previous);
    if (outcome !== 'deployed') return;
    if (action === 'restart' || action === 'scale') this.#repeat(app, deploymentId, previous);
    else if (action === 'rollback' || action === 'revert')
      this.#repeat(app, deploymentId, this.#lastOf(app, digest));
  }

  /** The change that a deployment has made live, itself or again. */
  changeOf(app: string, deployment: string | undefined): Change | undefined {
    return this.#versionOf(app, deployment)?.change;
  }

  #versionOf(app: string, deployment: string | undefined): Version | undefined {
    return deployment === undefined ? undefined : this.#versions.get(keyOf(app, deployment));
  }

  #repeat(app: string, deployment: string | undefined, version: Version | undefined): void {
    if (deployment !== undefined && version) this.#versions.set(keyOf(app, deployment), version);
  }

  /** Of several versions with one artefact, a rollback takes the newest one that has not failed. */
  #lastOf(app: string, digest: string): Version | undefined {
    const all = [...this.#versions.values()].filter((one) => one.change.app === app && one.digest === digest);
    return all.findLast(({ change }) => !change.failed) ?? all.at(-1);
  }
}

function keyOf(app: string, deployment: string): string {
  return `${app} ${deployment}`;
}
