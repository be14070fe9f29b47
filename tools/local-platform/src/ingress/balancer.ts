import { Instance } from './instance.js';

/** The instances of a component, of which the one with the least in flight is next, and of several such the next in turn. */
export class Balancer {
  #instances: Instance[];
  #turn = 0;

  constructor(ports: readonly number[]) {
    this.#instances = [...new Set(ports)].map((port) => new Instance(port));
  }

  /** None where no instance runs. `except` is taken only where it is the only one. */
  next(except?: Instance): Instance | undefined {
    const { length } = this.#instances;
    let best: Instance | undefined;
    for (let i = 1; i <= length; i++) {
      const one = this.#instances[(this.#turn + i) % length] as Instance;
      if (one !== except && (!best || one.inFlight < best.inFlight)) best = one;
    }
    best ??= except && this.#instances.includes(except) ? except : undefined;
    if (best) this.#turn = this.#instances.indexOf(best);
    return best;
  }

  /** Keeps the instances whose ports stay, and cuts what is under way to the others. */
  async set(ports: readonly number[]): Promise<void> {
    const before = this.#instances;
    const byPort = new Map(before.map((one) => [one.port, one]));
    this.#instances = [...new Set(ports)].map((port) => byPort.get(port) ?? new Instance(port));
    const gone = before.filter((one) => !this.#instances.includes(one));
    await Promise.all(gone.map((one) => one.cut()));
  }

  async cut(): Promise<void> {
    await this.set([]);
  }
}
