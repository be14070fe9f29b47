import type { AppSpec } from '@odoobo/app-platform/spec';
import type { RequestReading, ResponseTimesReading } from '@odoobo/ingress';
import { setTimeout as delay } from 'node:timers/promises';
import { activeDeployment, underWay } from '../deployments/phases.js';
import type {
  AppTraffic,
  ComponentHealth,
  Instance,
  InstanceProcess,
  InstanceUsage,
  Progression,
} from '../deployments/progression.js';
import { deleteLogs } from '../logs/log-folder.js';
import { endStrays } from '../process/platform-processes.js';
import { LoadWatch } from '../scaling/load-watch.js';
import type { AppRecord } from '../state/app-record.js';
import { deleteLeftoverFiles } from '../state/leftover-files.js';
import { isRecorded, type Place } from '../state/process-record.js';
import { AppRunner } from './app-runner.js';
import { healthOf } from './health-of.js';
import { Housekeeping } from './housekeeping.js';
import type { InstanceRun } from './instance-run.js';
import { leftoverPlaces, stopAllLeftovers, stopLeftover } from './leftovers.js';
import type { LiveDeployment } from './live-deployment.js';
import { requireRunnable, requireSources } from './runnable.js';
import type { Runtime } from './runtime.js';
import { Tasks } from './tasks.js';
import { UsageHistory } from './usage-history.js';

/** How long services get to end when the platform stops, whatever their spec says: a person is waiting. */
const closeGraceMs = 10_000;

/** How long a build of a killed server gets to end; nothing waits for it. */
const commandGraceMs = 1_000;

/** Runs the components of every app as processes of this machine. */
export class RealProgression implements Progression {
  readonly #runners = new Map<string, AppRunner>();
  readonly #tasks: Tasks;
  readonly #housekeeping: Housekeeping;
  readonly #usage: UsageHistory;
  readonly #load: LoadWatch;

  #closing = false;

  constructor(private readonly runtime: Runtime) {
    this.#tasks = new Tasks(runtime.warn);
    this.#housekeeping = new Housekeeping(runtime);
    this.#usage = new UsageHistory(() => this.#live(), runtime.store, runtime.warn);
    this.#load = new LoadWatch({ ...runtime, live: () => this.#live() });
  }

  async resume(): Promise<void> {
    const { store, layout, sources, ingresses } = this.runtime;
    await ingresses.begin();
    await deleteLeftoverFiles(layout, store);
    await endStrays(layout, commandGraceMs, ({ kind }) => kind === 'command');
    await sources.clean();
    const strays = await this.#strays();
    await Promise.all(strays.unfinished.map((place) => this.#stopStray(place, 0)));
    await Promise.all(store.list().map((app) => this.#resumeApp(app)));
    // Nothing waits for it: where no app is live, the server answers before the process that serves the addresses is up.
    void ingresses
      .closeOthers()
      .catch((error: Error) => {
        if (!this.#closing) this.runtime.warn(error.message);
      })
      // Until then the process of the addresses may still be cutting logs.
      .finally(() => this.#housekeeping.start());
    this.#usage.start();
    this.#load.start();
    // Only now: until then they may have served requests.
    for (const place of strays.replaced) void this.#tasks.add(this.#stopStray(place, closeGraceMs));
  }

  async check(spec: AppSpec): Promise<void> {
    await requireRunnable(spec, this.runtime);
    await requireSources(spec, this.runtime.sources);
  }

  begin(appId: string, deploymentId: string): void {
    // A call that was answered while the platform closes: the next server resumes the deployment.
    if (!this.#closing) this.#runner(appId).begin(deploymentId);
  }

  cancel(appId: string): void {
    this.#runner(appId).cancel();
  }

  cancelJob(appId: string, deployment: string, job: string): void {
    this.#runners.get(appId)?.cancelJob({ deployment, job });
  }

  urlOf({ port }: AppRecord): string | undefined {
    return port === undefined ? undefined : `http://127.0.0.1:${port}`;
  }

  mayPrint(deploymentId: string, component: string): boolean {
    return isRecorded(this.runtime.layout.run, deploymentId, component);
  }

  instancesOf(app: AppRecord): Instance[] {
    const instances = this.#runners.get(app.id)?.live?.run.instances ?? [];
    return instances.map((instance) => ({
      component: instance.component.name,
      kind: instance.component.component.kind === 'worker' ? 'WORKER' : 'SERVICE',
      name: shownName(instance),
    }));
  }

  cancelAutoscaling(event: string): Promise<boolean> {
    return this.#load.cancel(event);
  }

  processOf(app: AppRecord, component: string, name?: string): InstanceProcess | undefined {
    const instances = this.#runners.get(app.id)?.live?.run.instances ?? [];
    const found = instances.find(
      (one) => one.component.name === component && (name === undefined || shownName(one) === name),
    );
    return found?.process;
  }

  async healthOf(app: AppRecord): Promise<ComponentHealth[]> {
    const live = this.#runners.get(app.id)?.live;
    return live ? healthOf(live) : [];
  }

  usageOf({ id }: AppRecord): InstanceUsage[] {
    return this.#usage.of(id);
  }

  async bandwidthOf(app: AppRecord): Promise<Readonly<Record<string, number>>> {
    return (await this.#runners.get(app.id)?.address?.read())?.bytesSent ?? {};
  }

  async responseTimesOf(app: AppRecord): Promise<ResponseTimesReading | undefined> {
    return (await this.#runners.get(app.id)?.address?.read())?.responseTimes;
  }

  async trafficOf(): Promise<ReadonlyMap<string, AppTraffic>> {
    const read = await this.runtime.ingresses.counts();
    return new Map(
      [...this.#runners].flatMap(([id, { address, live }]) => {
        const counts = read.get(address?.port ?? 0);
        return counts ? [[id, trafficOf(counts, live?.run.instances ?? [])]] : [];
      }),
    );
  }

  forget(app: AppRecord): Promise<void> {
    const runner = this.#runner(app.id);
    this.#runners.delete(app.id);
    const logs = app.deployments.map(({ id }) => id);
    return this.#tasks.add(
      runner.stop().then(async () => {
        await deleteLogs(this.runtime.layout.logs, logs);
        await this.runtime.databases.drop(app.id);
      }),
    );
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([this.#housekeeping.close(), this.#usage.close(), this.#load.close()]);
    try {
      await this.#stopAll();
      await this.#load.settled();
    } finally {
      await this.runtime.databases.close();
      await this.runtime.ingresses.close();
    }
  }

  async #stopAll(): Promise<void> {
    const stopped = Promise.all([...this.#runners.values()].map((runner) => runner.stop(closeGraceMs))).then(
      () => this.#tasks.settled(),
    );
    const deadline = new AbortController();
    await Promise.race([stopped, delay(closeGraceMs, undefined, { signal: deadline.signal, ref: false })]);
    deadline.abort();
    // The remaining processes were stopped before with a longer grace period, or escaped their runner.
    await stopAllLeftovers(this.runtime.layout, 0);
    await stopped;
  }

  #live(): Map<string, LiveDeployment> {
    return new Map([...this.#runners].flatMap(([id, { live }]) => (live ? [[id, live]] : [])));
  }

  #runner(appId: string): AppRunner {
    const runner =
      this.#runners.get(appId) ?? new AppRunner(this.runtime, appId, () => this.#housekeeping.tidy());
    this.#runners.set(appId, runner);
    return runner;
  }

  async #resumeApp(app: AppRecord): Promise<void> {
    try {
      await this.#runner(app.id).resume(app);
    } catch (error) {
      this.runtime.warn(`App "${app.spec.name}" could not be resumed: ${(error as Error).message}`);
    }
  }

  /**
   * Processes that run and no app needs: those of a deployment in progress, since it is run again and must not run twice; and
   * those of one that drained or stood by when the server died.
   */
  async #strays(): Promise<{ unfinished: Place[]; replaced: Place[] }> {
    const { store, layout } = this.runtime;
    const apps = store.list();
    const live = new Set(apps.map((app) => activeDeployment(app)?.id));
    const underWayNow = new Set(apps.map((app) => underWay(app)?.id));
    const strays = (await leftoverPlaces(layout)).filter(({ deployment }) => !live.has(deployment));
    return {
      unfinished: strays.filter(({ deployment }) => underWayNow.has(deployment)),
      replaced: strays.filter(({ deployment }) => !underWayNow.has(deployment)),
    };
  }

  #stopStray(place: Place, graceMs: number): Promise<void> {
    return stopLeftover(this.runtime.layout, place, graceMs);
  }
}

/** An instance is known by its port to the ingress, and by its name to everyone else. */
function trafficOf({ components, instances }: RequestReading, running: readonly InstanceRun[]): AppTraffic {
  const names = new Map(running.map(({ port, name }) => [port, name]));
  return {
    components,
    instances: instances.flatMap(({ port, ...counts }) => {
      const instance = names.get(port);
      return instance === undefined ? [] : [{ ...counts, instance }];
    }),
  };
}

/** As `GET /v2/apps/{id}/instances` names it. */
function shownName({ component, place, instance }: InstanceRun): string {
  return `${component.name}-${place.deployment.slice(0, 8)}-${instance}`;
}
