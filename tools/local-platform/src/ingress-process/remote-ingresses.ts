import type { RequestReading } from '@odoobo/ingress';
import { runner } from '@odoobo/machine/package-manager';
import { withDeadline } from '@odoobo/machine/time';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { Layout } from '../state/layout.js';
import { type Channel, ChannelClosed, Replaced } from './channel.js';
import { driveIngressProcess } from './drive-ingress-process.js';
import type { AddressOptions, AppAddress, Ingresses } from './ingresses.js';
import type { Command, Commands, OfComponent, OfSwitch } from './messages.js';
import { type Driver, RemoteAddress } from './remote-address.js';
import { stopIngressProcess } from './stop-ingress-process.js';

/** How long any command may take, including a restart of the process. */
const waitMs = 30_000;

const firstPauseMs = 100;
const longestPauseMs = 30_000;
/** A process that served this long was healthy and is restarted at once. */
const settledMs = 60_000;

/**
 * The addresses of all apps in a process of its own, which is started, or taken over from an earlier server, and restarted
 * whenever it ends. It keeps serving when this process dies.
 */
export class RemoteIngresses implements Ingresses, Driver {
  readonly #addresses = new Set<RemoteAddress>();
  readonly #closing = new AbortController();
  #driving: Promise<void> | undefined;
  #channel = new Arrival<Channel>();
  #trouble: unknown;

  constructor(
    private readonly layout: Layout,
    readonly warn: (message: string) => void,
  ) {}

  /** Waits for nothing: the process comes up side by side with the server. */
  async begin(): Promise<void> {
    this.#driving = this.#keepDriving();
  }

  async open(options: AddressOptions): Promise<AppAddress> {
    this.#requireFree(options.port);
    const address = new RemoteAddress(options, this);
    // Before it is: should the process end meanwhile, the next one is informed of it as well.
    this.#addresses.add(address);
    try {
      await this.ask('open', options);
      return address;
    } catch (error) {
      this.forget(address);
      throw error;
    }
  }

  /** The process would take it for the same address if the app's name were the same, and close both. */
  #requireFree(port: number): void {
    if (![...this.#addresses].some((one) => one.port === port)) return;
    const message = `Port ${port} still serves an app that is being deleted.`;
    throw Object.assign(new Error(message), { code: 'EADDRINUSE' });
  }

  async counts(): Promise<ReadonlyMap<number, RequestReading>> {
    return new Map(await this.ask('counts', null));
  }

  closeOthers(): Promise<void> {
    return this.ask('closeOthers', null);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#driving;
    // Another server's process is ended by that server.
    if (!(this.#trouble instanceof Replaced)) await stopIngressProcess(this.layout);
  }

  forget(address: RemoteAddress): void {
    this.#addresses.delete(address);
  }

  /** Repeats the command if the process ended meanwhile; every command may be repeated. @throws Error within 30 s */
  async ask<C extends Command>(command: C, to: Commands[C]['to']): Promise<Commands[C]['answer']> {
    return withDeadline(waitMs, this.#closing.signal, async (signal) => {
      for (;;) {
        const channel = await this.#untilDriven(signal);
        try {
          return await channel.ask(command, to);
        } catch (error) {
          if (!(error instanceof ChannelClosed)) throw error;
          // So that it is known to be closed before it is asked for again.
          await nextTurn();
        }
      }
    });
  }

  async untilDrained(of: OfSwitch): Promise<void> {
    try {
      const channel = await this.#untilDriven(this.#closing.signal);
      await channel.ask('drained', of, { patient: true });
    } catch (error) {
      // All requests in progress ended with the process; closing does not wait for them.
      if (!(error instanceof ChannelClosed) && !this.#closing.signal.aborted) throw error;
    }
  }

  async untilAsked(of: OfComponent): Promise<void> {
    for (;;) {
      const channel = await this.#untilDriven(this.#closing.signal);
      try {
        return await channel.ask('untilAsked', of, { patient: true });
      } catch (error) {
        // The process is started again, and knows what sleeps.
        if (!(error instanceof ChannelClosed) || this.#closing.signal.aborted) throw error;
        await nextTurn();
      }
    }
  }

  async #untilDriven(signal: AbortSignal): Promise<Channel> {
    const channel = await this.#channel.within(signal);
    if (channel) return channel;
    const { root, ingressLog } = this.layout;
    throw new Error(
      `The process that serves the apps' addresses of ${root} does not start. See ${ingressLog}, ` +
        `then restart the platform: ${runner} local-platform stop, then ${runner} local-platform start`,
      { cause: this.#trouble ?? signal.reason },
    );
  }

  /** Never rejects. */
  async #keepDriving(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted; failures++) {
      const since = performance.now();
      const reason = await this.#drive(signal).catch((error: unknown) => error);
      if (signal.aborted) return;
      this.#trouble = reason;
      if (reason instanceof Replaced)
        return this.warn('Another server serves the addresses of the apps now.');
      this.warn(`The process that serves the apps' addresses is restarted: ${(reason as Error).message}`);
      if (performance.now() - since > settledMs) failures = 0;
      await delay(pauseMs(failures), undefined, { signal }).catch(() => undefined);
    }
  }

  /** Until the process ends. @returns why it is not driven any more */
  async #drive(signal: AbortSignal): Promise<ChannelClosed> {
    const channel = await driveIngressProcess(this.layout, signal);
    const leave = (): void => channel.close();
    signal.addEventListener('abort', leave, { once: true });
    // It may have been aborted while the process answered; then it is not aborted again.
    if (signal.aborted) leave();
    try {
      await this.#reopen(channel);
      this.#channel.come(channel);
      const reason = await channel.closed;
      // Only after a process that came up: callers that wait for the first one keep waiting for it.
      this.#channel = new Arrival();
      return reason;
    } finally {
      signal.removeEventListener('abort', leave);
      channel.close();
    }
  }

  /** What is live takes requests again. */
  async #reopen(channel: Channel): Promise<void> {
    const reopen = async ({ options, live }: RemoteAddress): Promise<void> => {
      await channel.ask('open', options);
      if (live) await channel.ask('switchTo', live);
    };
    for (const address of this.#addresses) {
      await reopen(address).catch((error: Error) => {
        if (error instanceof ChannelClosed) throw error;
        this.warn(`App "${address.options.app}" is no longer reachable at ${address.url}: ${error.message}`);
      });
    }
  }
}

/** The first time at once. */
function pauseMs(failures: number): number {
  return failures === 0 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** failures);
}

/** Something that is waited for. */
class Arrival<T> {
  come: (value: T) => void = () => undefined;
  readonly #there = new Promise<T>((resolve) => (this.come = resolve));

  /** Undefined when the signal is aborted first. */
  within(signal: AbortSignal): Promise<T | undefined> {
    return new Promise((resolve) => {
      const giveUp = (): void => resolve(undefined);
      if (signal.aborted) giveUp();
      signal.addEventListener('abort', giveUp, { once: true });
      void this.#there.then((value) => {
        signal.removeEventListener('abort', giveUp);
        resolve(value);
      });
    });
  }
}
