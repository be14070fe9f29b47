import { setTimeout as delay } from 'node:timers/promises';
import type { Ingress } from '../ingress/ingress.js';
import type { Traffic } from '../ingress/traffic.js';
import type { ComponentRun } from './component-run.js';
import type { DeploymentRun } from './deployment-run.js';
import type { InstanceRun } from './instance-run.js';
import { Supervisor, type Watcher } from './supervisor.js';
import type { Tasks } from './tasks.js';

/** The deployment that an app's URL leads to: keeps its instances running, and requests away from those that do not. */
export class LiveDeployment implements Watcher {
  readonly #stopped = new AbortController();
  readonly #up = new Set<InstanceRun>();
  readonly #supervisors: readonly Supervisor[];
  #jobs: Promise<void> = Promise.resolve();

  constructor(
    readonly run: DeploymentRun,
    private readonly ingress: Ingress,
    private readonly tasks: Tasks,
  ) {
    for (const instance of run.instances) if (instance.group) this.#up.add(instance);
    this.#supervisors = run.instances.map((instance) => new Supervisor(instance, this));
  }

  /** What leads to the instances that are up. */
  get traffic(): Traffic {
    return this.run.trafficTo((instance) => this.#up.has(instance));
  }

  /** The instances of a component that take part at the moment. */
  upOf(component: ComponentRun): InstanceRun[] {
    return this.run.instancesOf(component).filter((instance) => this.#up.has(instance));
  }

  down(instance: InstanceRun): void {
    this.#up.delete(instance);
    this.#tellIngress(instance.component);
  }

  up(instance: InstanceRun): void {
    this.#up.add(instance);
    this.#tellIngress(instance.component);
  }

  /** Runs the jobs that come after the deployment; they are given up when it stops being live. */
  runJobs(work: (signal: AbortSignal) => Promise<void>): void {
    const { signal } = this.#stopped;
    this.#jobs = this.tasks.add(
      work(signal).catch((error: unknown) => (signal.aborted ? undefined : Promise.reject(error))),
    );
  }

  /**
   * Ends everything of it. `drained` resolves when no request is under way to it any more; a service whose own drain is
   * shorter than the longest is asked to end after that.
   * @param graceMs instead of the grace period of each component
   */
  async stop({ graceMs, drained }: { graceMs?: number; drained?: Promise<void> } = {}): Promise<void> {
    this.#stopped.abort();
    const stopping = this.#supervisors.map((supervisor) => {
      const { component } = supervisor.instance;
      const ready = drained && within(component.drainMs, drained);
      return supervisor.stop(graceMs ?? component.graceMs, ready);
    });
    await Promise.all([...stopping, this.#jobs]);
    await drained;
    await this.run.stop();
  }

  #tellIngress(component: ComponentRun): void {
    if (component.component.kind !== 'service') return;
    const ports = this.run.portsOf(component, (instance) => this.#up.has(instance));
    void this.tasks.add(this.ingress.setInstances(component.name, ports));
  }
}

/** Resolves with `work`, or when the time is up. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  const timer = new AbortController();
  const timeUp = delay(ms, undefined, { signal: timer.signal }).catch(() => undefined);
  await Promise.race([work, timeUp]).finally(() => timer.abort());
}
