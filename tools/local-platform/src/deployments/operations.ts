import type { AppSpec } from '@odoobo/app-platform/spec';
import { checkAppSpec, storedSpec } from '@odoobo/app-platform/spec';
import { ApiError, invalidSpec, notFound, notHere } from '../errors/api-error.js';
import type { AppRecord, DeploymentRecord, Invocation } from '../state/app-record.js';
import type { AppStore } from '../state/app-store.js';
import type { SecretBox } from '../state/secrets.js';
import { componentsOf } from './components.js';
import { endRun } from './invocations.js';
import { newApp, newDeployment } from './new-records.js';
import { activeDeployment, addDeployment, enter, isUnderWay, underWay, withDeployment } from './phases.js';
import type { Progression } from './progression.js';
import { findDeployment, requireRollback } from './rollback.js';
import { keptVersions } from './source-versions.js';

/** What a client can do to apps: each changes one record and then starts the deployment. */
export class Operations {
  constructor(
    private readonly store: AppStore,
    private readonly secrets: SecretBox,
    private readonly progression: Progression,
  ) {}

  /** @throws ApiError 400 for a bad spec or a missing source, 409 when the name is taken, 501 for what cannot be run here. */
  async create(spec: unknown, projectId?: string): Promise<AppRecord> {
    const app = { ...newApp(await this.#accept(spec), now()), ...(projectId !== undefined && { projectId }) };
    await this.store.create(app);
    this.#begin(app);
    return app;
  }

  /**
   * Replaces the spec and deploys it, also when nothing differs: as App Platform does. A component whose source is the same
   * keeps the commit that is live, unless the newest are asked for.
   */
  async update(
    id: string,
    spec: unknown,
    { updateAllSourceVersions = false }: { updateAllSourceVersions?: boolean } = {},
  ): Promise<AppRecord> {
    const accepted = await this.#accept(spec);
    return this.#deploy(id, (app) => {
      requireUnpinned(app);
      const sources = updateAllSourceVersions ? {} : keptVersions(accepted, activeDeployment(app));
      return {
        app: { ...app, spec: accepted },
        deployment: newDeployment(accepted, 'app spec updated', now(), { sources }),
      };
    });
  }

  /** Deploys the app's spec once more, from the newest sources. */
  redeploy(id: string, { forceBuild = false }: { forceBuild?: boolean } = {}): Promise<AppRecord> {
    return this.#deploy(id, (app) => {
      requireUnpinned(app);
      return { app, deployment: newDeployment(app.spec, 'manual', now(), forceBuild ? { forceBuild } : {}) };
    });
  }

  /**
   * A new deployment of exactly what is live. App Platform restarts only the components that are named; here all of them
   * are restarted. The official documents do not say what cause it gives; this one is ours.
   * @throws ApiError 400 when nothing is live or there is no such component.
   */
  restart(id: string, components: readonly string[] = []): Promise<AppRecord> {
    return this.#deploy(id, (app) => {
      requireUnpinned(app);
      const live = requireLive(app, components);
      const { spec, sources = {} } = live;
      return { app, deployment: newDeployment(spec, 'manual restart', now(), { sources }) };
    });
  }

  /**
   * Deploys commits that were pushed, by component; the others keep what is live.
   * @throws ApiError 409 when the app is pinned: nothing is deployed then, not even pushes.
   */
  deployPushed(id: string, commits: Readonly<Record<string, string>>, cause: string): Promise<AppRecord> {
    return this.#deploy(id, (app) => {
      requireUnpinned(app);
      const pushed = Object.entries(commits).map(([name, commit]) => [name, { commit }]);
      const sources = { ...keptVersions(app.spec, activeDeployment(app)), ...Object.fromEntries(pushed) };
      return { app, deployment: newDeployment(app.spec, cause, now(), { sources }) };
    });
  }

  /**
   * Deploys what is live with another spec, unless something is in progress or the app is pinned.
   * @param plan `live` is what is live; it returns the record without another spec if none is needed
   */
  async rescale(
    id: string,
    plan: (app: AppRecord, live: DeploymentRecord) => { app: AppRecord; deployment?: DeploymentRecord },
  ): Promise<void> {
    let begun = false;
    const record = await this.store.update(id, (before) => {
      const live = activeDeployment(before);
      if (!live || before.pin || underWay(before)) return before;
      const { app, deployment } = plan(before, live);
      begun = deployment !== undefined;
      return deployment ? addDeployment(app, deployment, now()) : app;
    });
    if (record && begun) this.#begin(record);
  }

  async cancel(id: string, deploymentId: string): Promise<DeploymentRecord> {
    const app = await this.store.update(
      id,
      (record) => {
        // Before anything is aborted: the run in progress may be another deployment's.
        findDeployment(record, deploymentId);
        return withDeployment(record, deploymentId, cancelled);
      },
      async () => this.progression.cancel(id),
    );
    if (app === undefined) throw notFound(`App ${id}`);
    return findDeployment(app, deploymentId);
  }

  /**
   * Ends one run of a job. One that its deployment in progress waits for ends with that.
   * @throws ApiError 400 when the run is over, 501 when the deployment waits for it
   */
  async cancelRun(id: string, deploymentId: string, run: string): Promise<AppRecord> {
    let job = '';
    const app = await this.store.update(
      id,
      (record) => {
        const deployment = findDeployment(record, deploymentId);
        job = requireCancellable(deployment, run).job;
        return withDeployment(record, deploymentId, (one) => endRun(one, run, 'CANCELED', now()));
      },
      async () => this.progression.cancelJob(id, deploymentId, job),
    );
    if (app === undefined) throw notFound(`App ${id}`);
    return app;
  }

  async delete(id: string): Promise<void> {
    const app = this.store.get(id);
    if (app === undefined || !(await this.store.delete(id))) throw notFound(`App ${id}`);
    // Stopping takes as long as the service's grace period; the app is gone already.
    void this.progression.forget(app);
  }

  /** A new deployment of what an earlier one ran. Pins the app unless `skipPin`. */
  rollback(id: string, deploymentId: string, skipPin: boolean): Promise<AppRecord> {
    return this.#deploy(id, (app) => {
      const target = requireRollback(app, deploymentId);
      const { sources = {} } = target;
      const deployment = newDeployment(target.spec, `rollback to ${target.id}`, now(), {
        clonedFrom: target.id,
        sources,
      });
      const pin = { deploymentId: deployment.id, specBefore: app.spec };
      return { app: { ...app, spec: target.spec, ...(!skipPin && { pin }) }, deployment };
    });
  }

  /** Makes a rollback permanent: deployments are allowed again. */
  async commitRollback(id: string): Promise<void> {
    const app = await this.store.update(id, (record) => unpinned(record, 'commit').app);
    if (app === undefined) throw notFound(`App ${id}`);
  }

  /** A new deployment of the spec from before the rollback. */
  revertRollback(id: string): Promise<AppRecord> {
    return this.#deploy(id, (record) => {
      const { app, specBefore } = unpinned(record, 'revert');
      const sources = keptVersions(specBefore, beforeRollback(record));
      return {
        app: { ...app, spec: specBefore },
        deployment: newDeployment(specBefore, 'rollback reverted', now(), { sources }),
      };
    });
  }

  /** Checked, as App Platform stores it, secrets encrypted. */
  async #accept(input: unknown): Promise<AppSpec> {
    const check = checkAppSpec(input);
    if (!check.ok) throw invalidSpec(check.issues);
    await this.progression.check(check.spec);
    return this.secrets.seal(storedSpec(check.spec));
  }

  async #deploy(
    id: string,
    plan: (app: AppRecord) => { app: AppRecord; deployment: DeploymentRecord },
  ): Promise<AppRecord> {
    const record = await this.store.update(id, (before) => {
      const { app, deployment } = plan(before);
      return addDeployment(app, deployment, now());
    });
    if (record === undefined) throw notFound(`App ${id}`);
    this.#begin(record);
    return record;
  }

  #begin(app: AppRecord): void {
    const [newest] = app.deployments;
    if (newest) this.progression.begin(app.id, newest.id);
  }
}

function now(): string {
  return new Date().toISOString();
}

function cancelled(deployment: DeploymentRecord): DeploymentRecord {
  if (isUnderWay(deployment)) return enter(deployment, 'CANCELED', now());
  throw new ApiError(
    400,
    `Deployment ${deployment.id} is ${deployment.phase}: only one in progress can be cancelled.`,
  );
}

function requireCancellable(deployment: DeploymentRecord, run: string): Invocation {
  const invocation = deployment.invocations?.find((one) => one.id === run);
  if (invocation === undefined) throw notFound(`Invocation ${run}`);
  const { phase } = invocation;
  if (phase !== 'PENDING' && phase !== 'RUNNING')
    throw new ApiError(400, `Invocation ${run} is ${phase}: only one in progress can be cancelled.`);
  if (isUnderWay(deployment))
    throw notHere(
      `cannot cancel a job alone while its deployment waits for it`,
      `Cancel the deployment: POST .../deployments/${deployment.id}/cancel`,
    );
  return invocation;
}

function requireUnpinned(app: AppRecord): void {
  if (app.pin === undefined) return;
  throw new ApiError(
    409,
    `App "${app.spec.name}" is pinned to rollback deployment ${app.pin.deploymentId}. Commit or revert the rollback first.`,
  );
}

function requireLive(app: AppRecord, components: readonly string[]): DeploymentRecord {
  const live = activeDeployment(app);
  if (live === undefined) {
    throw new ApiError(400, `App "${app.spec.name}" has no active deployment to restart. Deploy it first.`);
  }
  const names = componentsOf(live.spec).map(({ spec }) => spec.name);
  const unknown = components.filter((name) => !names.includes(name));
  if (unknown.length === 0) return live;
  throw new ApiError(
    400,
    `App "${app.spec.name}" has no component ${unknown.join(', ')}; it has ${names.join(', ')}.`,
  );
}

/** The deployment that was live when the app was rolled back: the newest that was ever live, except those of the rollback. */
function beforeRollback({ deployments, pin }: AppRecord): DeploymentRecord | undefined {
  const rolledBack = deployments.findIndex(({ id }) => id === pin?.deploymentId);
  return deployments.slice(rolledBack + 1).find(({ phase }) => phase === 'SUPERSEDED' || phase === 'ACTIVE');
}

function unpinned(record: AppRecord, verb: string): { app: AppRecord; specBefore: AppSpec } {
  const { pin, ...app } = record;
  if (pin) return { app: { ...app, updatedAt: now() }, specBefore: pin.specBefore };
  throw new ApiError(400, `App "${record.spec.name}" has no rollback to ${verb}.`);
}
