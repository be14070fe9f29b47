import { Instance } from './instance.js';

/** The instances of a component. */
export class Balancer {
  #instances: Instance[];
  #turn = 0;

  constructor(ports: readonly number[]) {
    this.#instances = [...new Set(ports)].map((port) => new Instance(port));
  }

  /**
   * The instance with the least in flight, and of several such the next in turn.
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

  /** Keeps the instances whose ports stay, and cuts what is under way to the others. */
  set(ports: readonly number[]): void {
    const before = this.#instances;
    const byPort = new Map(before.map((one) => [one.port, one]));
    this.#instances = [...new Set(ports)].map((port) => byPort.get(port) ?? new Instance(port));
    for (const one of before) if (!this.#instances.includes(one)) one.cut();
  }

  /** Breaks off everything under way. */
  cut(): void {
    this.set([]);
  }
}
