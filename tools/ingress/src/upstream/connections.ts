import { type AnswerHandler, Connection, type Keeper } from './connection.js';
import type { Outgoing } from './outgoing.js';

/** How long a connection is kept with nothing to do. */
const idleMs = 4000;

const sweepMs = 1000;

/**
 * Which connection a request may go out on: any that is kept alive, which the service may be closing right then; one that
 * the service cannot be closing for being idle, or else a new one; only a new one.
 */
export type Reuse = 'any' | 'safe' | 'never';

/** The connections to one process. */
export class Connections implements Keeper {
  readonly #all = new Set<Connection>();
  /** The idle connections, the one that was used last at the end. */
  readonly #idle: Connection[] = [];
  /** Whether the service announces how long it keeps idle connections, and does so. */
  #promises = true;
  #keepsNone = false;
  #ended = false;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(
    readonly port: number,
    readonly host = '127.0.0.1',
  ) {}

  send(outgoing: Outgoing, handler: AnswerHandler, reuse: Reuse): Connection {
    const takes = reuse === 'any' || (reuse === 'safe' && this.#isSafe(this.#idle.at(-1)));
    const connection = (takes ? this.#idle.pop() : undefined) ?? this.#open();
    connection.send(outgoing, handler, reuse === 'safe' && !this.#promises);
    return connection;
  }

  onIdle(connection: Connection): void {
    if (this.#keepsNone) return connection.cut();
    this.#promises &&= connection.promisedMs > 0;
    this.#idle.push(connection);
  }

  onClose(connection: Connection, byService: boolean): void {
    this.#all.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index !== -1) {
      this.#idle.splice(index, 1);
      // Closed early: the service does not keep its announced time.
      const early = performance.now() - connection.idleSince < connection.promisedMs / 2;
      if (byService && early) this.#promises = false;
    }
    if (this.#all.size === 0) this.#stopSweeping();
  }

  /** Ends idle connections now and the others after their answer: a service that ends may wait for its clients to. */
  keepNone(): void {
    this.#keepsNone = true;
    for (const connection of [...this.#idle]) connection.cut();
  }

  /** The process has ended: from now on each connection ends once nothing arrives on it any more. */
  end(): void {
    this.#ended = true;
  }

  /** Ends all, and the requests in progress on them. */
  cut(): void {
    for (const connection of [...this.#all]) connection.cut();
  }

  /**
   * A service that keeps idle connections for N seconds closes none within N seconds of the last request on it, since it
   * begins to count when it has answered. Half of that is left for the way of the next request.
   */
  #isSafe(connection: Connection | undefined): boolean {
    if (!connection || !this.#promises) return false;
    return performance.now() - connection.sentAt < connection.promisedMs / 2;
  }

  #open(): Connection {
    const connection = new Connection(this, this);
    this.#all.add(connection);
    this.#sweeper ??= setInterval(() => this.#sweep(), sweepMs).unref();
    return connection;
  }

  #sweep(): void {
    const now = performance.now();
    for (const connection of [...this.#all]) {
      if (connection.idle && now - connection.idleSince > idleMs) connection.cut();
      else if (this.#ended && connection.isSilent()) connection.cut();
      else connection.expire(now);
    }
  }

  #stopSweeping(): void {
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }
}
