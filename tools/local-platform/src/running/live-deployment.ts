import type { Leaving, Load, Traffic } from '@odoobo/ingress';
import { abortable } from '@odoobo/machine/time';
import { setTimeout as delay } from 'node:timers/promises';
import type { AppAddress } from '../ingress-process/ingresses.js';
import { aborted } from './aborted.js';
import type { ComponentRun } from './component-run.js';
import type { DeploymentRun } from './deployment-run.js';
import { inTime } from './in-time.js';
import type { InstanceRun } from './instance-run.js';
import { waitUntilReady } from './ready.js';
import { Supervisor, type Watcher } from './supervisor.js';
import type { Tasks } from './tasks.js';
import { together } from './together.js';
import { UpTime } from './up-time.js';

/** How often it is looked whether an instance that leaves has no request in progress any more. */
const idlePollMs = 50;

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
  #jobs: Promise<unknown> = Promise.resolve();
  #resizing: Promise<unknown> = Promise.resolve();

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

  /** How many instances a component has; undefined where it has no such one. */
  countOf(name: string): number | undefined {
    const component = this.run.component(name);
    return component && this.run.instancesOf(component).length;
  }

  /** What each of its services has to do, by name; nothing once another deployment is live. */
  loads(): Promise<Record<string, Load>> {
    return this.address.loads();
  }

  /**
   * Brings a component to a number of instances: new ones join once they are healthy; those that leave, the last ones, first
   * finish the requests in progress.
   * @param signal starts no more
   * @throws DeploymentFailure when one does not start; AbortError, also when this is not live any more
   */
  async resize(component: ComponentRun, count: number, signal: AbortSignal): Promise<void> {
    const before = this.run.instancesOf(component);
    const more = Math.max(0, count - before.length);
    const joining = Array.from({ length: more }, () => this.run.another(component));
    const leaving = before.slice(count);
    const resizing = Promise.all([
      together(
        AbortSignal.any([signal, this.#stopped.signal]),
        joining.map((instance) => (within) => this.#join(instance, within)),
      ),
      ...leaving.map((instance) => this.#dismiss(instance)),
    ]);
    this.#resizing = Promise.allSettled([this.#resizing, resizing]);
    await resizing;
  }

  /** Ends the instances of a service; its next requests wait. False, and nothing changes, where requests are in progress. */
  async sleep(component: ComponentRun): Promise<boolean> {
    if (!(await this.address.sleep(this.traffic, component.name))) return false;
    const leaving = this.run.instancesOf(component).map((instance) => this.#dismiss(instance));
    this.#resizing = Promise.allSettled([this.#resizing, ...leaving]);
    await Promise.all(leaving);
    return true;
  }

  /** Resolves when a request waits for a service that sleeps. @throws AbortError when this is not live any more */
  untilAsked(component: ComponentRun): Promise<void> {
    return abortable(this.address.untilAsked(this.traffic, component.name), this.#stopped.signal);
  }

  /** Refuses the requests that wait for a service; it sleeps on. */
  wakeFailed(component: ComponentRun, reason: string): Promise<void> {
    return this.address.wakeFailed(this.traffic, component.name, reason);
  }

  async #join(instance: InstanceRun, signal: AbortSignal): Promise<void> {
    try {
      await instance.reserve();
      await instance.start();
      await waitUntilReady(instance, signal);
      signal.throwIfAborted();
    } catch (error) {
      // It has had no request.
      await instance.stop(0);
      this.run.forget(instance);
      throw error;
    }
    this.run.add(instance);
    this.#supervisors = [...this.#supervisors, new Supervisor(instance, this)];
    this.#up.add(instance);
    await this.#updateAddress(instance.component);
  }

  /** Without time to drain once this is not live any more. */
  async #dismiss(instance: InstanceRun): Promise<void> {
    const { component } = instance;
    const supervisor = this.#supervisors.find((one) => one.instance === instance);
    this.#supervisors = this.#supervisors.filter((one) => one !== supervisor);
    this.run.remove(instance);
    await supervisor?.letGo();
    if (isOfService(instance)) {
      await this.leaves(instance, component.drainMs + component.graceMs);
      await this.#untilIdle(instance);
    }
    await supervisor?.stop(component.graceMs);
    this.run.forget(instance);
  }

  /** Resolves when an instance has no request in progress, or its time to drain is over. */
  async #untilIdle({ component, port }: InstanceRun): Promise<void> {
    const { signal } = this.#stopped;
    const until = performance.now() + component.drainMs;
    while (performance.now() < until && !signal.aborted) {
      const loads = await this.address.loads().catch((): Record<string, Load> => ({}));
      if (!loads[component.name]?.inFlight[String(port)]) return;
      await delay(idlePollMs, undefined, { signal }).catch(() => undefined);
    }
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
      ({ instance }) => instance.component.name === component && instance.hasFixedPort,
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

  /** Runs the jobs that come after the deployment, or by their schedules; they are aborted when it stops being live. */
  runJobs(work: (signal: AbortSignal) => Promise<void>): void {
    const { signal } = this.#stopped;
    const jobs = this.tasks.add(
      work(signal).catch((error: unknown) => (signal.aborted ? undefined : Promise.reject(error))),
    );
    this.#jobs = Promise.allSettled([this.#jobs, jobs]);
  }

  /** Ends everything of it. Safe to repeat. @param graceMs instead of the grace period of each component */
  async stop(graceMs?: number): Promise<void> {
    this.#leave();
    const stopping = this.#supervisors.map((one) => one.stop(graceMs ?? one.instance.component.graceMs));
    await Promise.all([...stopping, this.#jobs, this.#resizing]);
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
