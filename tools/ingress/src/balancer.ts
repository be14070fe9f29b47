import { bucketOf, buckets } from './durations.js';
import { Instance } from './instance.js';
import type { InstanceCounts } from './request-counts.js';
import { Sleep } from './sleep.js';
import type { Instances } from './traffic.js';

/** An instance that takes no more requests and finishes those in progress. */
export interface Leaving {
  port: number;
  /** How long its process may continue from now on; then it is killed. */
  graceMs: number;
}

/** What a component has to do. */
export interface Load {
  /** How many requests it has answered since its deployment went live, by how long they took: see `percentile`. */
  answered: readonly number[];
  /** Requests and upgraded connections in progress, by the port of the instance. */
  inFlight: Readonly<Record<string, number>>;
}

/** The instances of a component. */
export class Balancer {
  #instances: Instance[];
  /** They finish the requests in progress. */
  #leaving: Instance[] = [];
  /** Their processes have ended; clients still get what those have sent. */
  #ended: Instance[] = [];
  #turn = 0;
  readonly #answered = new Uint32Array(buckets);
  readonly #open: (port: number) => Instance;
  #sleep: Sleep | undefined;

  constructor({ ports, host = '127.0.0.1', http2, asleep }: Instances) {
    if (asleep) this.#sleep = new Sleep();
    this.#open = (port) => new Instance(port, host, http2);
    this.#instances = [...new Set(ports)].map(this.#open);
  }

  /**
   * The instance with the fewest requests in flight; among several such, the next in turn.
   * @param except those that are passed over
   * @returns none where there is no other
   */
  next(except?: ReadonlySet<Instance>): Instance | undefined {
    const instances = this.#instances;
    const { length } = instances;
    let best: number | undefined;
    for (let i = 1; i <= length; i++) {
      const index = (this.#turn + i) % length;
      const one = instances[index] as Instance;
      const isLess = best === undefined || one.inFlight < (instances[best] as Instance).inFlight;
      if (isLess && !except?.has(one)) best = index;
    }
    if (best === undefined) return undefined;
    this.#turn = best;
    return instances[best];
  }

  /** Whether there is an instance besides those. */
  has(except?: ReadonlySet<Instance>): boolean {
    return this.#instances.some((one) => !except?.has(one));
  }

  get isAsleep(): boolean {
    return this.#sleep !== undefined;
  }

  /** Takes its instances away; its requests wait from now on. False if any is in progress. */
  sleep(): boolean {
    if (this.#sleep) return true;
    if ([...this.#instances, ...this.#leaving].some(({ inFlight }) => inFlight > 0)) return false;
    this.#sleep = new Sleep();
    this.set([]);
    return true;
  }

  /** Resolves when a request waits for it to wake; at once when it is awake. */
  async untilAsked(): Promise<void> {
    await this.#sleep?.asked;
  }

  /** Wakes it without waiting for it. */
  askToWake(): void {
    this.#sleep?.ask();
  }

  /** Resolves when it is awake, or with the reason when it does not wake. */
  async untilAwake(): Promise<string | undefined> {
    return this.#sleep?.wait();
  }

  /** It sleeps on: the requests that wait are refused, and the next one is waited for again. */
  wakeFailed(reason: string): void {
    const failed = this.#sleep;
    if (!failed) return;
    this.#sleep = new Sleep();
    failed.end(reason);
  }

  #wake(): void {
    this.#sleep?.end();
    this.#sleep = undefined;
  }

  /**
   * Keeps the instances whose ports stay, and lets those in `leaving` finish. Of the others, those that were leaving have
   * ended; requests in progress to the rest are cut. Any port wakes it.
   */
  set(ports: readonly number[], leaving: readonly Leaving[] = []): void {
    const taking = byPort(this.#instances);
    const left = byPort(this.#leaving);
    const before = [...this.#instances, ...this.#leaving];
    this.#instances = [...new Set(ports)].map((port) => taking.get(port) ?? this.#open(port));
    this.#leaving = leaving.flatMap(({ port, graceMs }) => {
      const one = taking.get(port) ?? left.get(port);
      one?.leave(graceMs);
      return one ?? [];
    });
    const kept = new Set([...this.#instances, ...this.#leaving]);
    for (const one of before) if (!kept.has(one)) this.#letGo(one);
    if (ports.length > 0) this.#wake();
  }

  #letGo(one: Instance): void {
    if (!one.isLeaving) return one.cut();
    one.end();
    this.#ended = [...this.#ended.filter(({ inFlight }) => inFlight > 0), one];
  }

  /** Counts an answer; `since` is when its request came (performance.now). */
  answered(since: number): void {
    const bucket = bucketOf(performance.now() - since);
    this.#answered[bucket] = (this.#answered[bucket] ?? 0) + 1;
  }

  load(): Load {
    const all = [...this.#instances, ...this.#leaving];
    return {
      answered: [...this.#answered],
      inFlight: Object.fromEntries(all.map(({ port, inFlight }) => [port, inFlight])),
    };
  }

  /** What its instances have done. */
  counts(): Omit<InstanceCounts, 'component'>[] {
    const all = [...this.#instances, ...this.#leaving];
    return all.map(({ port, answers, failures }) => ({ port, answers, failures }));
  }

  /** None takes a request any more; those in progress continue. */
  leave(): void {
    for (const one of this.#instances) one.leave(Infinity);
    this.#leaving.push(...this.#instances);
    this.#instances = [];
    this.#wake();
  }

  /** Cuts all requests in progress. */
  cut(): void {
    this.set([]);
    this.#wake();
    for (const one of this.#ended) one.cut();
  }
}

function byPort(instances: readonly Instance[]): Map<number, Instance> {
  return new Map(instances.map((one) => [one.port, one]));
}
