import type { IncomingMessage } from 'node:http';
import { type Admission, admit } from './admission.js';
import type { Balancer, Leaving, Load } from './balancer.js';
import { Generation } from './generation.js';
import type { Instance } from './instance.js';
import { noDeploymentYet, stopping } from './refusal.js';
import type { InstanceCounts } from './request-counts.js';
import type { Passage, Steering } from './steering.js';
import type { OfDeployment, SwitchOptions, Traffic } from './traffic.js';

/** The live deployment, the one before it that stands by, and those that still have something in flight. */
export class Generations {
  readonly bytesSent = new BytesSent();
  /** The one that stands by, too, and those that have drained and still finish requests. */
  readonly #replaced = new Set<Generation>();
  #live: Generation | undefined;
  #standby: Generation | undefined;
  #stops = false;
  #closed = false;

  constructor(
    private readonly app: string,
    private readonly steering?: Steering,
  ) {}

  get inFlight(): number {
    return this.#all().reduce((sum, generation) => sum + generation.inFlight, 0);
  }

  /** Where a request goes: to what is live; where that has no instance for it but those that were tried, to what stands by. */
  admit(request: IncomingMessage, tried?: ReadonlySet<Instance>, failed?: Passage): Admission {
    const steered = { steering: this.steering, failed };
    const nothing = this.#stops ? stopping : noDeploymentYet;
    const admission = admit(request, this.app, this.#live ?? nothing(this.app), steered);
    if (
      !this.#standby ||
      admission.kind !== 'instances' ||
      admission.balancer.isAsleep ||
      admission.balancer.has(tried)
    )
      return admission;
    const instead = admit(request, this.app, this.#standby, steered);
    const takesIt = instead.kind === 'site' || (instead.kind === 'instances' && instead.balancer.has(tried));
    if (!takesIt) return admission;
    this.#standby.drainsAnew();
    return instead;
  }

  async switchTo(traffic: Traffic | undefined, { drainMs, standsBy }: SwitchOptions): Promise<void> {
    if (this.#closed) throw new Error('The ingress is closed: it cannot switch.');
    const before = this.#live;
    if (traffic && before?.traffic.deployment === traffic.deployment) return this.#goOn(before, traffic);
    this.#live = traffic && new Generation(traffic);
    this.#stops = traffic === undefined;
    this.#standby = standsBy && before;
    if (!before) return;
    this.#replaced.add(before);
    before.drainsAnew();
    await standsBy;
    if (this.#standby === before) this.#standby = undefined;
    await before.drain(drainMs);
    void before.untilIdle().then(() => this.#replaced.delete(before));
  }

  async setInstances(
    { deployment }: OfDeployment,
    component: string,
    ports: readonly number[],
    leaving: readonly Leaving[] = [],
  ): Promise<void> {
    if (this.#closed) throw new Error(`The ingress is closed: "${component}" has no instances any more.`);
    const generation = this.#all().find((one) => one.traffic.deployment === deployment);
    if (!generation) return;
    const balancer = generation.balancer(component);
    if (!balancer) throw new Error(`The traffic has no component "${component}" with instances.`);
    if (!generation.isOver) return balancer.set(ports, leaving);
    // Those that are not asked to end yet take nothing either.
    balancer.set([], [...leaving, ...ports.map((port) => ({ port, graceMs: Infinity }))]);
  }

  /** The component of what is live; none of other traffic. */
  balancer({ deployment }: OfDeployment, component: string): Balancer | undefined {
    return this.#live?.traffic.deployment === deployment ? this.#live.balancer(component) : undefined;
  }

  /** What the components of what is live have to do. */
  loads(): Record<string, Load> {
    return this.#live?.loads() ?? {};
  }

  /** What the instances of what is live have done. */
  counts(): InstanceCounts[] {
    return this.#live?.counts() ?? [];
  }

  /** The components of what is live, and of what still finishes requests. */
  components(): ReadonlySet<string> {
    return new Set(this.#all().flatMap(({ traffic }) => [...traffic.components.keys()]));
  }

  cut(): void {
    this.#closed = true;
    const all = this.#all();
    this.#live = undefined;
    this.#standby = undefined;
    for (const generation of all) generation.cut();
  }

  /** Sets what an earlier server had already switched to; cuts only requests to instances that are gone. */
  #goOn(live: Generation, { components }: Traffic): void {
    this.#standby = undefined;
    for (const [name, destination] of components) {
      if ('ports' in destination) live.balancer(name)?.set(destination.ports);
    }
  }

  #all(): Generation[] {
    return this.#live ? [this.#live, ...this.#replaced] : [...this.#replaced];
  }
}

const dayMs = 24 * 3600 * 1000;

/** Counts bytes by UTC day. */
class BytesSent {
  /** Bytes by day, `2026-11-23`. */
  readonly byDay = new Map<string, number>();
  #day = '';
  #dayEnds = 0;

  add(bytes: number): void {
    const now = Date.now();
    if (now >= this.#dayEnds) this.#begin(now);
    this.byDay.set(this.#day, (this.byDay.get(this.#day) ?? 0) + bytes);
  }

  #begin(now: number): void {
    this.#day = new Date(now).toISOString().slice(0, 10);
    this.#dayEnds = (Math.floor(now / dayMs) + 1) * dayMs;
  }
}
