import { toFailure } from '../deployments/failure.js';
import {
  addInvocations,
  settleInvocations,
  settleScheduled,
  unfinishedJobs,
} from '../deployments/invocations.js';
import { activeDeployment, PhaseError, underWay } from '../deployments/phases.js';
import type { AppAddress } from '../ingress-process/ingresses.js';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import { openAppAddress } from './app-address.js';
import { DeploymentRun } from './deployment-run.js';
import { inTime } from './in-time.js';
import { type JobOfDeployment, JobRuns } from './job-runs.js';
import { runJobsAfterwards } from './jobs.js';
import { LiveDeployment } from './live-deployment.js';
import { deleteOldLogsOf } from './prune.js';
import { RecordedDeployment } from './recorded-deployment.js';
import { rollOut } from './rollout.js';
import type { Runtime } from './runtime.js';
import { runSchedules } from './schedules.js';
import { Tasks } from './tasks.js';

/** The kinds of components that answer requests. */
const served = new Set(['service', 'static site']);

/** Everything that runs for one app: its URL, what is live, and the deployment that is in progress. */
export class AppRunner {
  #opening: Promise<AppAddress> | undefined;
  #address: AppAddress | undefined;
  #live: LiveDeployment | undefined;
  #underWay = new AbortController();
  readonly #standbys = new Set<LiveDeployment>();
  readonly #jobRuns = new JobRuns();
  #stopped = false;
  readonly #tasks: Tasks;

  /** @param onOver Called when a deployment is over, successfully or not. */
  constructor(
    private readonly runtime: Runtime,
    private readonly appId: string,
    private readonly onOver: () => void,
  ) {
    this.#tasks = new Tasks((message) => runtime.warn(`App ${appId}: ${message}`));
  }

  get live(): LiveDeployment | undefined {
    return this.#live;
  }

  /** Open once the app had its first deployment. */
  get address(): AppAddress | undefined {
    return this.#address;
  }

  /** Runs a deployment; aborts the one before it if that is still in progress. */
  begin(deploymentId: string): void {
    this.cancel();
    void this.#tasks.add(this.#deploy(this.#record(deploymentId), this.#underWay.signal));
  }

  /** Aborts what is in progress. */
  cancel(): void {
    this.#underWay.abort();
    this.#underWay = new AbortController();
  }

  /** Ends the run of a job that is in progress beside what is live. */
  cancelJob(of: JobOfDeployment): void {
    this.#jobRuns.cancel(of);
  }

  /** After a start of the server: what was live serves again, in the same processes if those still run. */
  async resume(app: AppRecord): Promise<void> {
    const active = activeDeployment(app);
    const unfinished = underWay(app);
    await this.#settleJobs(app, [active?.id, unfinished?.id]);
    if (active) await this.#resumeLive(app, active);
    if (unfinished) this.begin(unfinished.id);
  }

  /**
   * Refuses new requests, lets what is in progress finish, stops everything and closes the URL. Each component gets the time to
   * drain and the grace period of its spec; with `graceMs` no time to drain, and that as its grace period.
   */
  async stop(graceMs?: number): Promise<void> {
    this.#stopped = true;
    this.cancel();
    if (graceMs !== undefined) for (const one of this.#standbys) one.hurry();
    const live = this.#live;
    this.#live = undefined;
    const address = await this.#opening?.catch(() => undefined);
    if (address && live) await this.#drain(address, graceMs === undefined ? live.run.drainMs : 0);
    await live?.stop(graceMs);
    // Also what still stood by has ended then, and what it had in progress.
    await this.#tasks.settled();
    await address?.close().catch(() => undefined);
  }

  async #drain(address: AppAddress, drainMs: number): Promise<void> {
    let drained: Promise<void> | undefined;
    const refuses = address.switchTo(undefined, { drainMs }).then((moved) => void (drained = moved.drained));
    await inTime(refuses);
    await drained?.catch(() => undefined);
  }

  async #resumeLive(app: AppRecord, active: DeploymentRecord): Promise<void> {
    const { address, run } = await this.#prepare(app, active);
    // Each instance that is started tries again.
    await run.openDatabases().catch((error: Error) => this.runtime.warn(error.message));
    await run.adopt();
    const live = new LiveDeployment(run, address, this.#tasks);
    await this.#switch(live, address);
    const record = this.#record(active.id);
    await record.note(settleScheduled);
    this.#runScheduledJobs(live, record);
    const unfinished = unfinishedJobs(active);
    if (unfinished.length === 0) return;
    await record.note((one, now) => addInvocations(one, unfinished, now));
    this.#runPostDeployJobs(live, record, unfinished);
  }

  async #deploy(record: RecordedDeployment, signal: AbortSignal): Promise<void> {
    const attempt: { run?: DeploymentRun } = {};
    try {
      const { app, deployment } = record.read();
      const { address, run } = await this.#prepare(app, deployment);
      attempt.run = run;
      await rollOut(run, record, signal, {
        makeRoom: async (component) => this.#live?.makeRoom(component),
        countOf: (component) => this.#live?.countOf(component),
      });
      await this.#goLive(record, run, address);
    } catch (error) {
      // Neither waits for the other: a service may be slow to end, and a full disk may delay the report.
      const overtaken = signal.aborted || error instanceof PhaseError;
      const failing = overtaken ? undefined : this.#fail(record, error, attempt.run, signal);
      const stopped = attempt.run?.stop().finally(() => this.#live?.takeBack());
      await Promise.all([stopped, failing]);
    }
    const app = this.runtime.store.get(this.appId);
    if (app) await deleteOldLogsOf(app, this.runtime);
    this.onOver();
  }

  /**
   * The record is written first, then traffic moves, then, when the new version has proven itself, the old processes are
   * stopped: a crash between any two of them leaves one live deployment, and whatever else still runs is found by its
   * process records.
   */
  async #goLive(record: RecordedDeployment, run: DeploymentRun, address: AppAddress): Promise<void> {
    await record.activate(async () => {
      // Too late: the next server runs the live deployment now.
      if (this.#stopped) return void this.#tasks.add(run.stop());
      const live = new LiveDeployment(run, address, this.#tasks);
      await this.#switch(live, address);
      this.#runPostDeployJobs(
        live,
        record,
        run.jobs('POST_DEPLOY').map(({ name }) => name),
      );
      this.#runScheduledJobs(live, record);
    });
    const answering = run.components.filter(({ component: { kind } }) => served.has(kind));
    await Promise.all(answering.map(({ log }) => log.write('DEPLOY', `live at ${address.url}`)));
  }

  /**
   * The previous deployment stands by for `drain_seconds`, unless it is broken itself; the one that stood by for it ends.
   * Resolves when new requests go there. Where an earlier server died right before, its live deployment drains.
   */
  async #switch(live: LiveDeployment, address: AppAddress): Promise<void> {
    const before = this.#live;
    this.#live = live;
    const { drainMs } = (before ?? live).run;
    const standsBy = before?.isUp ? live.steadyFor(drainMs) : undefined;
    const switched = address.switchTo(live.traffic, { drainMs, ...(standsBy && { standsBy }) });
    const drained = switched.then((moved) => moved.drained);
    void this.#tasks.add(before ? this.#standBy(before, live, drained) : drained);
    // The task reports it.
    await switched.catch(() => undefined);
  }

  async #standBy(before: LiveDeployment, live: LiveDeployment, drained: Promise<void>): Promise<void> {
    this.#standbys.add(before);
    await before.standBy(live, drained).finally(() => this.#standbys.delete(before));
  }

  #runPostDeployJobs(live: LiveDeployment, record: RecordedDeployment, names: readonly string[]): void {
    const jobs = live.run.jobs('POST_DEPLOY').filter(({ name }) => names.includes(name));
    if (jobs.length > 0)
      live.runJobs((signal) =>
        runJobsAfterwards(jobs, (change) => record.note(change), this.#jobRuns, signal),
      );
  }

  #runScheduledJobs(live: LiveDeployment, record: RecordedDeployment): void {
    const jobs = live.run.jobs('SCHEDULED');
    const scheduling = {
      write: record.note.bind(record),
      clock: this.runtime.clock,
      runs: this.#jobRuns,
    };
    if (jobs.length > 0) live.runJobs((signal) => runSchedules(jobs, scheduling, signal));
  }

  /** Those that were built before it failed; the others are SKIPPED. */
  async #runFailedDeployJobs(
    run: DeploymentRun,
    record: RecordedDeployment,
    signal: AbortSignal,
  ): Promise<void> {
    const jobs = run.jobs('FAILED_DEPLOY');
    if (jobs.length === 0) return;
    const names = jobs.map(({ name }) => name);
    await record.note((one, now) => addInvocations(one, names, now));
    const built = jobs.filter(({ version }) => version.build !== undefined);
    await runJobsAfterwards(built, (change) => record.note(change), this.#jobRuns, signal).catch(
      (error: unknown) => {
        if (!signal.aborted) throw error;
      },
    );
    await record.note((one, now) => settleInvocations(one, now, signal.aborted ? 'CANCELED' : 'SKIPPED'));
  }

  /** Job runs that a killed server left, of deployments that are not resumed. */
  async #settleJobs(app: AppRecord, takenUp: readonly (string | undefined)[]): Promise<void> {
    const left = app.deployments.filter((one) => !takenUp.includes(one.id) && unfinishedJobs(one).length > 0);
    for (const { id } of left) await this.#record(id).note(settleInvocations);
  }

  /** Ends a deployment in ERROR, and runs its jobs for that case. */
  async #fail(
    record: RecordedDeployment,
    error: unknown,
    run: DeploymentRun | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { failure, component: name } = toFailure(error);
    const { code, message } = failure;
    const component = run?.component(name ?? '') ?? run?.components[0];
    const shown = component?.redact(message) ?? message;
    await component?.log.write(record.isBuilt ? 'DEPLOY' : 'BUILD', `${code}: ${shown}`);
    if (code === 'InternalError')
      this.runtime.warn(`Deployment ${record.id} failed with an internal error: ${shown}`);
    const ended = await record.fail({ code, message: shown }, name, signal);
    if (ended && run) await this.#runFailedDeployJobs(run, record, signal);
  }

  async #prepare(
    app: AppRecord,
    deployment: DeploymentRecord,
  ): Promise<{ address: AppAddress; run: DeploymentRun }> {
    this.#opening ??= openAppAddress(this.runtime, app);
    const address = await this.#opening.catch((error: unknown) => {
      // The next deployment tries again.
      this.#opening = undefined;
      throw error;
    });
    this.#address = address;
    const run = new DeploymentRun(this.runtime, { id: app.id, url: address.url }, deployment);
    await run.open();
    return { address, run };
  }

  #record(deploymentId: string): RecordedDeployment {
    return new RecordedDeployment(this.runtime.store, this.appId, deploymentId);
  }
}
