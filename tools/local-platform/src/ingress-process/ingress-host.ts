import type { Socket } from 'node:net';
import { LogCaps } from '../logs/log-caps.js';
import { LogWatch } from '../logs/log-watch.js';
import type { Layout } from '../state/layout.js';
import type { AddressOptions } from './ingresses.js';
import { readMessages, writeMessage } from './lines.js';
import type { Command, Commands, OfAddress, Question, Reply } from './messages.js';
import { ServedAddress } from './served-address.js';

type Handlers = { [C in Command]: (to: Commands[C]['to'], by: Driver) => Promise<Commands[C]['answer']> };

/** A server that is connected. */
interface Driver {
  socket: Socket;
  /** The ports that it asked to open. */
  opened: Set<number>;
}

/**
 * Serves the addresses of all apps under the control of one server; without one it keeps serving unchanged until the next
 * connects.
 */
export class IngressHost {
  readonly #addresses = new Map<number, ServedAddress>();
  #driver: Driver | undefined;
  #logs: LogWatch | undefined;

  constructor(
    private readonly layout: Layout,
    private readonly log: (message: string) => void,
  ) {}

  /** Does what comes in on a connection. */
  serve(socket: Socket): void {
    const driver: Driver = { socket, opened: new Set() };
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.#driver === driver) this.#goOnAlone();
    });
    readMessages<Question>(socket, (question) => void this.#answer(question, driver));
  }

  async #answer({ id, command, to }: Question, driver: Driver): Promise<void> {
    try {
      if (command !== 'takeOver' && driver !== this.#driver)
        throw new Error('Another server has taken over.');
      // The type of `to` depends on the command of the question.
      const answer = await this.#handlers[command](to as never, driver);
      this.#reply(driver, { id, answer });
    } catch (error) {
      const { message, code, cause } = error as NodeJS.ErrnoException;
      const systemCode = code ?? (cause as NodeJS.ErrnoException | undefined)?.code;
      this.#reply(driver, { id, error: { message, code: systemCode } });
    }
  }

  readonly #handlers: Handlers = {
    takeOver: async (_, driver) => this.#takeOver(driver),
    open: async (options, { opened }) => {
      if (!this.#isOpen(options)) this.#addresses.set(options.port, await ServedAddress.open(options));
      opened.add(options.port);
    },
    switchTo: async (to) => this.#at(to).switchTo(to),
    drained: async (to) => this.#addresses.get(to.port)?.drained(to),
    endStandby: async (to) => this.#addresses.get(to.port)?.endStandby(to),
    setInstances: async (to) => this.#at(to).setInstances(to),
    read: async (to) => this.#at(to).read(),
    sleep: async (to) => this.#at(to).sleep(to),
    untilAsked: async (to) => this.#at(to).untilAsked(to),
    wakeFailed: async (to) => this.#at(to).wakeFailed(to),
    loads: async (to) => this.#at(to).loads(),
    counts: async () => [...this.#addresses].map(([port, address]) => [port, address.counts()]),
    close: async ({ port }) => this.#close(port),
    closeOthers: async (_, { opened }) => {
      const others = [...this.#addresses.keys()].filter((port) => !opened.has(port));
      await Promise.all(others.map((port) => this.#close(port)));
    },
  };

  /** Otherwise the output of services would fill the disk: nothing else cuts it. */
  #goOnAlone(): void {
    this.log('the server is gone; all addresses keep serving');
    // Only now: it loads more than all the rest of this process.
    const growing = async () => (await import('../logs/logs-of-processes.js')).logsOfProcesses(this.layout);
    this.#logs = new LogWatch(growing, new LogCaps(), this.log);
    this.#logs.start();
  }

  /** A log is cut by one process at a time. */
  async #takeOver(driver: Driver): Promise<void> {
    const before = this.#driver;
    this.#driver = driver;
    await this.#logs?.stop();
    this.log(`a server has taken control; ${this.#addresses.size} addresses are open`);
    if (!before || before === driver) return;
    this.#reply(before, { replaced: true });
    before.socket.end();
  }

  #isOpen({ port, app }: AddressOptions): boolean {
    return this.#addresses.get(port)?.app === app;
  }

  #at({ port }: OfAddress): ServedAddress {
    const address = this.#addresses.get(port);
    if (address) return address;
    throw new Error(`The address at port ${port} is not open.`);
  }

  async #close(port: number): Promise<void> {
    const address = this.#addresses.get(port);
    this.#addresses.delete(port);
    await address?.close();
  }

  #reply({ socket }: Driver, reply: Reply): void {
    writeMessage(socket, reply);
  }
}
