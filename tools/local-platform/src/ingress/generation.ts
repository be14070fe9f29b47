import { Balancer } from './balancer.js';
import { compileRules, type Router } from './routing.js';
import type { Traffic } from './traffic.js';

/** One deployment behind the ingress: its rules, its components, and what is under way to them. */
export class Generation {
  /** What its rules say of a request. */
  readonly route: Router;
  readonly #balancers = new Map<string, Balancer>();
  #inFlight = 0;
  #onIdle: (() => void) | undefined;

  constructor({ rules, components }: Traffic) {
    this.route = compileRules(rules);
    for (const [name, destination] of components) {
      if ('ports' in destination) this.#balancers.set(name, new Balancer(destination.ports));
    }
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  balancer(component: string): Balancer | undefined {
    return this.#balancers.get(component);
  }

  begin(): void {
    this.#inFlight++;
  }

  end(): void {
    this.#inFlight--;
    if (this.#inFlight === 0) this.#onIdle?.();
  }

  /** Resolves when nothing is in flight or `drainMs` is over; what is left then is cut. */
  async drain(drainMs: number): Promise<void> {
    if (this.#inFlight > 0) await this.#idleWithin(drainMs);
    await this.cut();
  }

  /** Breaks off everything under way. */
  async cut(): Promise<void> {
    await Promise.all([...this.#balancers.values()].map((balancer) => balancer.cut()));
  }

  #idleWithin(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
