import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Balancer, type Load } from './balancer.js';
import { compileCors, type Cors } from './cors.js';
import type { InstanceCounts } from './request-counts.js';
import { compileRules, type Router } from './routing.js';
import type { Rule, Site, Traffic } from './traffic.js';

/** One deployment behind the ingress: its rules, its components, and their requests in progress. */
export class Generation {
  /** The result of its rules for a request. */
  readonly route: Router;
  readonly #cors = new Map<Rule, Cors>();
  readonly #balancers = new Map<string, Balancer>();
  readonly #sites = new Map<string, Site>();
  #inFlight = 0;
  readonly #onIdle = new Set<() => void>();
  readonly #files = new Set<ServerResponse>();
  /** On the clock of `performance.now()`. */
  #drainsFrom = 0;
  #isOver = false;

  /** @throws Error for a rule whose CORS policy cannot be understood. */
  constructor(readonly traffic: Traffic) {
    const { rules, components } = traffic;
    this.route = compileRules(rules);
    for (const rule of rules) if (rule.cors) this.#cors.set(rule, compileCors(rule.cors));
    for (const [name, destination] of components) {
      if ('ports' in destination) this.#balancers.set(name, new Balancer(destination));
      else this.#sites.set(name, destination);
    }
  }

  /** Whether it has drained: it takes no more requests, and finishes those in progress. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  cors(rule: Rule): Cors | undefined {
    return this.#cors.get(rule);
  }

  balancer(component: string): Balancer | undefined {
    return this.#balancers.get(component);
  }

  /** By component. */
  loads(): Record<string, Load> {
    return Object.fromEntries([...this.#balancers].map(([name, balancer]) => [name, balancer.load()]));
  }

  /** What the instances of all components have done. */
  counts(): InstanceCounts[] {
    return [...this.#balancers].flatMap(([component, balancer]) =>
      balancer.counts().map((counts) => ({ component, ...counts })),
    );
  }

  site(component: string): Site | undefined {
    return this.#sites.get(component);
  }

  begin(): void {
    this.#inFlight++;
  }

  end(): void {
    this.#inFlight--;
    if (this.#inFlight === 0) for (const onIdle of this.#onIdle) onIdle();
  }

  /** Counts the answer of a static site as in flight until it closes. */
  hold(response: ServerResponse): void {
    this.begin();
    this.#files.add(response);
    response.once('close', () => {
      this.#files.delete(response);
      this.end();
    });
  }

  /** From now on its requests in progress have the full drain time: it was replaced, or took a request on standby. */
  drainsAnew(): void {
    this.#drainsFrom = performance.now();
  }

  /** Resolves when nothing is in flight or the time to drain is over; remaining requests then continue. */
  async drain(drainMs: number): Promise<void> {
    const leftMs = this.#drainsFrom + drainMs - performance.now();
    if (leftMs > 0) await this.#idleWithin(leftMs);
    this.#isOver = true;
    for (const balancer of this.#balancers.values()) balancer.leave();
  }

  /** Resolves when nothing is in flight. */
  untilIdle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const onIdle = (): void => {
        this.#onIdle.delete(onIdle);
        resolve();
      };
      this.#onIdle.add(onIdle);
    });
  }

  /** Cuts all requests in progress, and takes no more. */
  cut(): void {
    this.#isOver = true;
    for (const response of this.#files) response.destroy();
    for (const balancer of this.#balancers.values()) balancer.cut();
  }

  async #idleWithin(ms: number): Promise<void> {
    const over = new AbortController();
    const late = delay(ms, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([this.untilIdle(), late]);
    over.abort();
  }
}
