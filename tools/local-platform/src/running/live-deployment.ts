import type { Leaving, Traffic } from '@odoobo/ingress';
import { setTimeout as delay } from 'node:timers/promises';
import type { AppAddress } from '../ingress-process/ingresses.js';
import { aborted } from './aborted.js';
import type { ComponentRun } from './component-run.js';
import type { DeploymentRun } from './deployment-run.js';
import { inTime } from './in-time.js';
import type { InstanceRun } from './instance-run.js';
import { Supervisor, type Watcher } from './supervisor.js';
import type { Tasks } from './tasks.js';
import { UpTime } from './up-time.js';

/**
 * The deployment that an app's URL leads to, or the one before it that stands by: keeps its instances running, and requests
 * away from those that do not.
 */
export class LiveDeployment implements Watcher {
  readonly #stopped = new AbortController();
  readonly #hurry = new AbortController();
  readonly #up = new Set<InstanceRun>();
  /** Until when they may finish requests in progress, on the clock of `performance.now()`. */
  readonly #leaving = new Map<InstanceRun, number>();
  readonly #upTime = new UpTime();
  #supervisors: readonly Supervisor[];
  /** Those that were ended for a deployment in progress. */
  #gone: readonly InstanceRun[] = [];
  /** What leads to the instances that are up when it goes live. */
  readonly traffic: Traffic;
  #jobs: Promise<void> = Promise.resolve();

  constructor(
    readonly run: DeploymentRun,
    private readonly address: AppAddress,
    private readonly tasks: Tasks,
  ) {
    for (const instance of run.instances) if (instance.group) this.#up.add(instance);
    this.traffic = run.trafficTo((instance) => this.#up.has(instance));
    this.#supervisors = run.instances.map((instance) => new Supervisor(instance, this));
    if (this.isUp) this.#upTime.up();
  }

  /** Whether each instance of its services takes requests. */
  get isUp(): boolean {
    return this.run.instances.every((one) => !isOfService(one) || this.#up.has(one));
  }

  /** Resolves when it has been up for `ms` from now on without a break, or is not to be live any more. */
  steadyFor(ms: number): Promise<void> {
    return this.#upTime.reaches(ms);
  }

  /** The instances of a component that take part at the moment. */
  upOf(component: ComponentRun): InstanceRun[] {
    return this.run.instancesOf(component).filter((instance) => this.#up.has(instance));
  }

  async leaves(instance: InstanceRun, graceMs: number): Promise<void> {
    this.#takesNone(instance);
    this.#leaving.set(instance, performance.now() + graceMs);
    await inTime(this.#updateAddress(instance.component));
  }

  down(instance: InstanceRun): void {
    const wasThere = this.#takesNone(instance) || this.#leaving.delete(instance);
    if (wasThere) void this.#updateAddress(instance.component);
  }

  up(instance: InstanceRun): void {
    this.#up.add(instance);
    if (this.isUp) this.#upTime.up();
    void this.#updateAddress(instance.component);
  }

  /** Ends its instances of a component that listen on a fixed port, which those of the next deployment want as well. */
  async makeRoom(component: string): Promise<void> {
    const leaving = this.#supervisors.filter(
      ({ instance }) => instance.component.name === component && instance.isOnHttpPort,
    );
    this.#gone = [...this.#gone, ...leaving.map(({ instance }) => instance)];
    await Promise.all(leaving.map((one) => one.stop(one.instance.component.graceMs)));
  }

  /** Starts again what has made room for a deployment that failed. */
  takeBack(): void {
    const gone = this.#gone;
    this.#gone = [];
    if (this.#stopped.signal.aborted) return;
    const others = this.#supervisors.filter(({ instance }) => !gone.includes(instance));
    this.#supervisors = [...others, ...gone.map((instance) => new Supervisor(instance, this))];
  }

  /** Runs the jobs that come after the deployment; they are aborted when it stops being live. */
  runJobs(work: (signal: AbortSignal) => Promise<void>): void {
    const { signal } = this.#stopped;
    this.#jobs = this.tasks.add(
      work(signal).catch((error: unknown) => (signal.aborted ? undefined : Promise.reject(error))),
    );
  }

  /** Ends everything of it. Safe to repeat. @param graceMs instead of the grace period of each component */
  async stop(graceMs?: number): Promise<void> {
    this.#leave();
    const stopping = this.#supervisors.map((one) => one.stop(graceMs ?? one.instance.component.graceMs));
    await Promise.all([...stopping, this.#jobs]);
    await this.run.stop();
  }

  /**
   * Ends everything of it after another deployment has taken over: jobs and workers at once; a service, which answers where the
   * other one cannot, once that has been up for the service's drain time without a break, or is not live any more and nothing
   * is in progress. Requests still in progress then continue into the grace period.
   * @param drained resolves when no request goes to it any more
   */
  async standBy(next: LiveDeployment, drained: Promise<void>): Promise<void> {
    this.#leave();
    const hurried = aborted(this.#hurry.signal);
    const stopping = this.#supervisors.map(async (supervisor) => {
      const { component } = supervisor.instance;
      if (isOfService(supervisor.instance)) {
        const { drainMs } = component;
        const proven = Promise.all([next.steadyFor(drainMs), delay(drainMs, undefined, { ref: false })]);
        await Promise.race([drained, proven, hurried]);
      }
      await supervisor.stop(component.graceMs);
    });
    await Promise.all([...stopping, drained]);
    await this.stop();
  }

  /** It stands by no longer. */
  hurry(): void {
    this.#hurry.abort();
  }

  /** It is no longer the live deployment. */
  #leave(): void {
    this.#stopped.abort();
    this.#upTime.end();
  }

  #takesNone(instance: InstanceRun): boolean {
    const wasUp = this.#up.delete(instance);
    if (!this.isUp) this.#upTime.down();
    return wasUp;
  }

  /** Resolves when the address has confirmed, or cannot be reached. */
  async #updateAddress(component: ComponentRun): Promise<void> {
    if (component.component.kind !== 'service') return;
    const ports = this.run.portsOf(component, (instance) => this.#up.has(instance));
    const leaving = this.#leavingOf(component);
    await this.tasks.add(this.address.setInstances(this.traffic, component.name, ports, leaving));
  }

  #leavingOf(component: ComponentRun): Leaving[] {
    return [...this.#leaving].flatMap(([{ component: its, port }, endsAt]) =>
      its === component && port !== undefined
        ? [{ port, graceMs: Math.max(0, endsAt - performance.now()) }]
        : [],
    );
  }
}

function isOfService({ component: { component } }: InstanceRun): boolean {
  return component.kind === 'service';
}
