import { type Ingress, type Load, openIngress, type RequestReading } from '@odoobo/ingress';
import { type AddressOptions, type AddressReading, readIngress } from './ingresses.js';
import type { OfComponent, OfSwitch, SentInstances, SentSwitch } from './messages.js';

interface Switch {
  drained: Promise<void>;
  endStandby: () => void;
}

/** An address in the process that serves it: outlives the server that had it opened. */
export class ServedAddress {
  /** The switches whose previous traffic has not drained yet, by the deployment that was switched to. */
  readonly #switches = new Map<string, Switch>();

  private constructor(
    readonly app: string,
    private readonly ingress: Ingress,
  ) {}

  static async open(options: AddressOptions): Promise<ServedAddress> {
    return new ServedAddress(options.app, await openIngress(options));
  }

  /** Resolves when new requests go there. @throws Error for traffic that cannot be understood. */
  async switchTo({ traffic, drainMs, standsBy }: SentSwitch): Promise<void> {
    // Also ends the standby of a server that is gone, which never sends that command itself.
    for (const { endStandby } of this.#switches.values()) endStandby();
    const deployment = traffic?.deployment ?? '';
    let endStandby: () => void = () => undefined;
    const standing = standsBy ? new Promise<void>((resolve) => (endStandby = resolve)) : undefined;
    const drained = this.ingress.switchTo(
      traffic ? { ...traffic, components: new Map(traffic.components) } : undefined,
      { drainMs, ...(standing && { standsBy: standing }) },
    );
    const one: Switch = { drained, endStandby };
    this.#switches.set(deployment, one);
    const forget = (): void => {
      if (this.#switches.get(deployment) === one) this.#switches.delete(deployment);
    };
    drained.then(forget, forget);
    // What is refused is refused at once.
    await Promise.race([drained, Promise.resolve()]);
  }

  async drained({ deployment }: OfSwitch): Promise<void> {
    await this.#switches.get(deployment)?.drained;
  }

  endStandby({ deployment }: OfSwitch): void {
    this.#switches.get(deployment)?.endStandby();
  }

  setInstances(of: SentInstances): Promise<void> {
    return this.ingress.setInstances(of, of.component, of.ports, of.leaving);
  }

  read(): AddressReading {
    return readIngress(this.ingress);
  }

  sleep(of: OfComponent): boolean {
    return this.ingress.sleep(of, of.component);
  }

  untilAsked(of: OfComponent): Promise<void> {
    return this.ingress.untilAsked(of, of.component);
  }

  wakeFailed({ reason, ...of }: OfComponent & { reason: string }): void {
    this.ingress.wakeFailed(of, of.component, reason);
  }

  loads(): Record<string, Load> {
    return this.ingress.loads();
  }

  counts(): RequestReading {
    return this.ingress.counts();
  }

  close(): Promise<void> {
    return this.ingress.close();
  }
}
