import type { Destination, Leaving, Load, OfDeployment, SwitchOptions, Traffic } from '@odoobo/ingress';
import type { AddressOptions, AddressReading, AppAddress } from './ingresses.js';
import type { Command, Commands, OfComponent, OfSwitch, SentSwitch } from './messages.js';

/** Reaches the process that serves the addresses, also when that has to be started again first. */
export interface Driver {
  ask<C extends Command>(command: C, to: Commands[C]['to']): Promise<Commands[C]['answer']>;
  /** Resolves when the traffic before that switch has drained, or is gone with the process that served it. */
  untilDrained(of: OfSwitch): Promise<void>;
  /** Resolves when a request waits for a component that sleeps. @throws when the driver closes */
  untilAsked(of: OfComponent): Promise<void>;
  /** Closed by its user; it is not opened again. */
  forget(address: RemoteAddress): void;
  warn(message: string): void;
}

/** An address that another process serves. Knows what is live, for the case that the process has to be started again. */
export class RemoteAddress implements AppAddress {
  readonly port: number;
  readonly url: string;
  #live: Traffic | undefined;

  constructor(
    readonly options: AddressOptions,
    private readonly driver: Driver,
  ) {
    this.port = options.port;
    this.url = `http://127.0.0.1:${options.port}`;
  }

  /** The state to send to a process that has just opened the address. */
  get live(): SentSwitch | undefined {
    return this.#live && this.#sent(this.#live, { drainMs: 0, standsBy: false });
  }

  async switchTo(
    traffic: Traffic | undefined,
    { drainMs, standsBy }: SwitchOptions,
  ): Promise<{ drained: Promise<void> }> {
    const of = { port: this.port, deployment: traffic?.deployment ?? '' };
    this.#live = traffic;
    await this.driver.ask('switchTo', this.#sent(traffic, { drainMs, standsBy: standsBy !== undefined }));
    void standsBy?.then(() => this.#endStandby(of));
    return { drained: this.driver.untilDrained(of) };
  }

  async setInstances(
    { deployment }: OfDeployment,
    component: string,
    ports: readonly number[],
    leaving: readonly Leaving[] = [],
  ): Promise<void> {
    this.#note(deployment, component, { ports, asleep: ports.length === 0 && this.#isAsleep(component) });
    await this.driver.ask('setInstances', { port: this.port, deployment, component, ports, leaving });
  }

  read(): Promise<AddressReading> {
    return this.driver.ask('read', { port: this.port });
  }

  async sleep({ deployment }: OfDeployment, component: string): Promise<boolean> {
    const sleeps = await this.driver.ask('sleep', { port: this.port, deployment, component });
    if (sleeps) this.#note(deployment, component, { ports: [], asleep: true });
    return sleeps;
  }

  untilAsked({ deployment }: OfDeployment, component: string): Promise<void> {
    return this.driver.untilAsked({ port: this.port, deployment, component });
  }

  wakeFailed({ deployment }: OfDeployment, component: string, reason: string): Promise<void> {
    return this.driver.ask('wakeFailed', { port: this.port, deployment, component, reason });
  }

  loads(): Promise<Record<string, Load>> {
    return this.driver.ask('loads', { port: this.port });
  }

  async close(): Promise<void> {
    this.driver.forget(this);
    await this.driver.ask('close', { port: this.port });
  }

  #isAsleep(component: string): boolean {
    const destination = this.#live?.components.get(component);
    return destination !== undefined && 'ports' in destination && destination.asleep === true;
  }

  #note(deployment: string, component: string, destination: Destination): void {
    const live = this.#live;
    if (live?.deployment !== deployment) return;
    this.#live = { ...live, components: new Map(live.components).set(component, destination) };
  }

  async #endStandby(of: OfSwitch): Promise<void> {
    await this.driver.ask('endStandby', of).catch((error: Error) => this.driver.warn(error.message));
  }

  #sent(traffic: Traffic | undefined, how: Pick<SentSwitch, 'drainMs' | 'standsBy'>): SentSwitch {
    const sent = traffic ? { ...traffic, components: [...traffic.components] } : null;
    return { port: this.port, traffic: sent, ...how };
  }
}
