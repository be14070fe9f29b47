import {
  activate,
  activeDeployment,
  fail,
  isUnderWay,
  PhaseError,
  reach,
  startWaiting,
  underWay,
  withDeployment,
} from '../deployments/phases.js';
import type { Ingress } from '../ingress/ingress.js';
import { deleteLogs } from '../logs/log-folder.js';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import { openAppIngress } from './app-ingress.js';
import { DeploymentFailure } from './failure.js';
import { stopLeftover } from './leftovers.js';
import type { Runtime } from './runtime.js';
import { ServiceRun, type RunningService } from './service-run.js';
import { Supervisor } from './supervisor.js';
import { Tasks } from './tasks.js';

/** How many deployments of an app keep their logs. */
const keptLogs = 10;

/** Everything that runs for one app: its URL, what is live, and the deployment that is under way. */
export class AppRunner {
  #ingress: Promise<Ingress> | undefined;
  #live: Supervisor | undefined;
  #underWay = new AbortController();
  readonly #tasks: Tasks;

  constructor(
    private readonly runtime: Runtime,
    private readonly appId: string,
  ) {
    this.#tasks = new Tasks((message) => runtime.warn(`App ${appId}: ${message}`));
  }

  /** Takes up a deployment; the one before it, if it is still under way, is given up. */
  begin(deploymentId: string): void {
    this.cancel();
    void this.#tasks.add(this.#deploy(deploymentId, this.#underWay.signal));
  }

  /** Gives up what is under way. */
  cancel(): void {
    this.#underWay.abort();
    this.#underWay = new AbortController();
  }

  /** After a start of the server: what was live serves again, in the same process if that still runs. */
  async resume(): Promise<void> {
    const app = this.#app();
    const active = activeDeployment(app);
    if (active) await this.#resumeLive(app, active);
    const unfinished = underWay(app);
    if (unfinished) this.begin(unfinished.id);
  }

  /** Stops everything and closes the URL. Without `graceMs` the service gets the grace period of its spec. */
  async stop(graceMs?: number): Promise<void> {
    this.cancel();
    const live = this.#live;
    this.#live = undefined;
    await live?.stop(graceMs ?? live.run.graceMs);
    await this.#ingress?.then((ingress) => ingress.close()).catch(() => undefined);
    await this.#tasks.settled();
  }

  async #resumeLive(app: AppRecord, active: DeploymentRecord): Promise<void> {
    const { ingress, run } = await this.#prepare(app, active);
    const service = await run.adopt();
    if (service) void ingress.switchTo({ port: service.port }, { drainMs: 0 });
    else await stopLeftover(this.runtime.layout.run, run.place, 0);
    this.#live = supervise(run, service, ingress);
  }

  async #prepare(
    app: AppRecord,
    deployment: DeploymentRecord,
  ): Promise<{ ingress: Ingress; run: ServiceRun }> {
    this.#ingress ??= openAppIngress(this.runtime, app);
    const ingress = await this.#ingress.catch((error: unknown) => {
      this.#ingress = undefined;
      throw error;
    });
    const run = new ServiceRun(this.runtime, { id: app.id, url: ingress.url }, deployment);
    await run.log.open();
    return { ingress, run };
  }

  async #deploy(id: string, signal: AbortSignal): Promise<void> {
    const started: { run?: ServiceRun; service?: RunningService } = {};
    try {
      const app = this.#app();
      const { ingress, run } = await this.#prepare(app, requireDeployment(app, id));
      started.run = run;
      await this.#build(run, id);
      await this.#change(id, (deployment, now) => reach(deployment, 'DEPLOYING', now));
      signal.throwIfAborted();
      started.service = await run.start();
      await this.#change(id, startWaiting);
      await run.waitUntilHealthy(started.service, signal);
      await this.#goLive(id, { run, service: started.service, ingress, signal });
    } catch (error) {
      if (!signal.aborted && !(error instanceof PhaseError)) await this.#fail(id, error, started.run);
      if (started.run && started.service) await started.run.stop(started.service);
    } finally {
      await this.#deleteOldLogs();
    }
  }

  async #build(run: ServiceRun, id: string): Promise<void> {
    await this.#change(id, (deployment, now) => reach(deployment, 'BUILDING', now));
    await run.requireImage();
    await this.#change(id, (deployment, now) => reach(deployment, 'PENDING_DEPLOY', now));
  }

  /**
   * The record is written first, then traffic moves, then the old service is stopped: a crash between any two of them
   * leaves one live deployment, and whatever else still runs is found by its process record.
   */
  async #goLive(
    id: string,
    next: { run: ServiceRun; service: RunningService; ingress: Ingress; signal: AbortSignal },
  ): Promise<void> {
    const { run, service, ingress, signal } = next;
    const switchOver = () => {
      const before = this.#live;
      this.#live = supervise(run, service, ingress);
      const drained = ingress.switchTo({ port: service.port }, { drainMs: before?.run.drainMs ?? 0 });
      if (before) void this.#tasks.add(before.stop(before.run.graceMs, drained));
    };
    const activated = (app: AppRecord) => {
      signal.throwIfAborted();
      return activate(app, id, new Date().toISOString());
    };
    if (!(await this.runtime.store.update(this.appId, activated, switchOver))) throw appIsGone(this.appId);
    await run.note('DEPLOY', `live at ${ingress.url}`);
  }

  async #fail(id: string, error: unknown, run: ServiceRun | undefined): Promise<void> {
    const { code, message } = toFailure(error);
    const shown = run?.redact(message) ?? message;
    await run?.note('DEPLOY', `${code}: ${shown}`);
    if (code === 'InternalError') this.runtime.warn(`Deployment ${id} failed inside: ${shown}`);
    await this.runtime.store.update(this.appId, (app) =>
      withDeployment(app, id, (deployment) =>
        isUnderWay(deployment)
          ? fail(deployment, { code, message: shown }, new Date().toISOString())
          : deployment,
      ),
    );
  }

  /** @throws PhaseError when the deployment was cancelled or overtaken. */
  async #change(
    id: string,
    change: (deployment: DeploymentRecord, now: string) => DeploymentRecord,
  ): Promise<void> {
    const app = await this.runtime.store.update(this.appId, (record) =>
      withDeployment(record, id, (deployment) => {
        if (isUnderWay(deployment)) return change(deployment, new Date().toISOString());
        throw new PhaseError(`Deployment ${id} is ${deployment.phase}.`);
      }),
    );
    if (!app) throw appIsGone(this.appId);
  }

  async #deleteOldLogs(): Promise<void> {
    const old = this.runtime.store.get(this.appId)?.deployments.slice(keptLogs) ?? [];
    const over = old.filter((deployment) => deployment.phase !== 'ACTIVE').map(({ id }) => id);
    await deleteLogs(this.runtime.layout.logs, over);
  }

  #app(): AppRecord {
    const app = this.runtime.store.get(this.appId);
    if (!app) throw appIsGone(this.appId);
    return app;
  }
}

function supervise(run: ServiceRun, service: RunningService | undefined, ingress: Ingress): Supervisor {
  return new Supervisor(run, service, ({ port }) => void ingress.switchTo({ port }, { drainMs: 0 }));
}

function requireDeployment(app: AppRecord, id: string): DeploymentRecord {
  const found = app.deployments.find((deployment) => deployment.id === id);
  if (!found) throw new PhaseError(`Deployment ${id} is gone.`);
  return found;
}

/** Deleted while something was under way: as if that had been cancelled. */
function appIsGone(id: string): PhaseError {
  return new PhaseError(`App ${id} was deleted.`);
}

function toFailure(error: unknown): DeploymentFailure {
  if (error instanceof DeploymentFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new DeploymentFailure('InternalError', message, { cause: error });
}
