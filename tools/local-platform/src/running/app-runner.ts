import { activeDeployment, PhaseError, reach, startWaiting, underWay } from '../deployments/phases.js';
import type { Ingress } from '../ingress/ingress.js';
import { deleteLogs } from '../logs/log-folder.js';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import { openAppIngress } from './app-ingress.js';
import { toFailure } from './failure.js';
import { stopLeftover } from './leftovers.js';
import { RecordedDeployment } from './recorded-deployment.js';
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
    const record = new RecordedDeployment(this.runtime.store, this.appId, deploymentId);
    void this.#tasks.add(this.#deploy(record, this.#underWay.signal));
  }

  /** Gives up what is under way. */
  cancel(): void {
    this.#underWay.abort();
    this.#underWay = new AbortController();
  }

  /** After a start of the server: what was live serves again, in the same process if that still runs. */
  async resume(app: AppRecord): Promise<void> {
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
    if (service) this.#serve(ingress, run, service);
    else await stopLeftover(this.runtime.layout.run, run.place, 0);
    this.#live = this.#supervise(run, service, ingress);
  }

  async #deploy(record: RecordedDeployment, signal: AbortSignal): Promise<void> {
    const started: { run?: ServiceRun; service?: RunningService } = {};
    try {
      const { app, deployment } = record.read();
      const { ingress, run } = await this.#prepare(app, deployment);
      started.run = run;
      await record.change((one, now) => reach(one, 'BUILDING', now));
      await run.requireImage();
      await record.change((one, now) => reach(one, 'PENDING_DEPLOY', now));
      await record.change((one, now) => reach(one, 'DEPLOYING', now));
      signal.throwIfAborted();
      started.service = await run.start();
      await record.change(startWaiting);
      await run.waitUntilHealthy(started.service, signal);
      await this.#goLive(record, run, started.service, ingress);
    } catch (error) {
      // The record comes first: a service that is slow to end must not hold up the bad news.
      if (!signal.aborted && !(error instanceof PhaseError)) await this.#fail(record, error, started.run);
      if (started.run && started.service) await started.run.stop(started.service);
    }
    await this.#deleteOldLogs();
  }

  /**
   * The record is written first, then traffic moves, then the old service is stopped: a crash between any two of them
   * leaves one live deployment, and whatever else still runs is found by its process record.
   */
  async #goLive(
    record: RecordedDeployment,
    run: ServiceRun,
    service: RunningService,
    ingress: Ingress,
  ): Promise<void> {
    await record.activate(() => {
      const before = this.#live;
      this.#live = this.#supervise(run, service, ingress);
      const drained = ingress.switchTo(run.trafficTo(service.port), { drainMs: before?.run.drainMs ?? 0 });
      void this.#tasks.add(before ? before.stop(before.run.graceMs, drained) : drained);
    });
    await run.log.write('DEPLOY', `live at ${ingress.url}`);
  }

  async #fail(record: RecordedDeployment, error: unknown, run: ServiceRun | undefined): Promise<void> {
    const { code, message } = toFailure(error);
    const shown = run?.redact(message) ?? message;
    await run?.log.write('DEPLOY', `${code}: ${shown}`);
    if (code === 'InternalError') this.runtime.warn(`Deployment ${record.id} failed inside: ${shown}`);
    await record.fail({ code, message: shown });
  }

  async #prepare(
    app: AppRecord,
    deployment: DeploymentRecord,
  ): Promise<{ ingress: Ingress; run: ServiceRun }> {
    this.#ingress ??= openAppIngress(this.runtime, app);
    const ingress = await this.#ingress.catch((error: unknown) => {
      // The next deployment tries again.
      this.#ingress = undefined;
      throw error;
    });
    const run = new ServiceRun(this.runtime, { id: app.id, url: ingress.url }, deployment);
    await run.log.open();
    return { ingress, run };
  }

  #supervise(run: ServiceRun, service: RunningService | undefined, ingress: Ingress): Supervisor {
    return new Supervisor(run, service, (restarted) => this.#serve(ingress, run, restarted));
  }

  /** Sends requests to a process at once: there is none before it that could drain. */
  #serve(ingress: Ingress, run: ServiceRun, { port }: RunningService): void {
    void this.#tasks.add(ingress.switchTo(run.trafficTo(port), { drainMs: 0 }));
  }

  async #deleteOldLogs(): Promise<void> {
    const old = this.runtime.store.get(this.appId)?.deployments.slice(keptLogs) ?? [];
    const over = old.filter(({ phase }) => phase !== 'ACTIVE').map(({ id }) => id);
    await deleteLogs(this.runtime.layout.logs, over);
  }
}
