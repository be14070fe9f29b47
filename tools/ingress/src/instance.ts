import type { Duplex } from 'node:stream';
import type { AnswerHandler, Sent } from './upstream/connection.js';
import { Connections, type Reuse } from './upstream/connections.js';
import { Http2Connection } from './upstream/http2-connection.js';
import type { Outgoing } from './upstream/outgoing.js';

/** How soon the silent connections of a process that has ended are cut. */
const silentMs = 2_000;

/** One process behind the ingress: its connections, and their requests in progress. */
export class Instance {
  /** Requests and upgraded connections. */
  inFlight = 0;
  answers = 0;
  /** Answers with 500 or more, and requests that got none. */
  failures = 0;
  readonly #connections: Connections | Http2Connection;
  readonly #tunnels = new Set<Duplex>();
  /** On the clock of `performance.now()`; none as long as it takes requests. */
  #endsAt: number | undefined;

  constructor(
    readonly port: number,
    readonly host: string,
    /** Whether it speaks HTTP/2 without TLS. */
    http2 = false,
  ) {
    this.#connections = http2 ? new Http2Connection(port, host) : new Connections(port, host);
  }

  /** Counts a request that it has answered, or should have. */
  count(hasFailed: boolean): void {
    this.answers++;
    if (hasFailed) this.failures++;
  }

  /** Whether it only finishes requests in progress. */
  get isLeaving(): boolean {
    return this.#endsAt !== undefined;
  }

  /** Whether it had all the time that it gets to finish requests in progress. */
  get hadItsTime(): boolean {
    return this.#endsAt !== undefined && performance.now() >= this.#endsAt;
  }

  send(outgoing: Outgoing, handler: AnswerHandler, reuse: Reuse): Sent {
    return this.#connections.send(outgoing, handler, reuse);
  }

  /** Counts an upgraded connection as in flight until it closes or is released, and cuts it along with the others. */
  hold(tunnel: Duplex): () => void {
    this.#tunnels.add(tunnel);
    this.inFlight++;
    const release = (): void => {
      if (this.#tunnels.delete(tunnel)) this.inFlight--;
    };
    tunnel.once('close', release);
    return release;
  }

  /** It takes nothing more, and has `graceMs` from now on for requests in progress. Safe to repeat. */
  leave(graceMs: number): void {
    this.#endsAt = performance.now() + graceMs;
    this.#connections.keepNone();
  }

  /**
   * Its process has ended. What it had sent is still passed on, as slowly as clients read; then the connections end, too,
   * unless another process holds them, which is not waited for.
   */
  end(): void {
    this.leave(0);
    this.#connections.end();
    setTimeout(() => this.#cutSilent(), silentMs).unref();
  }

  #cutSilent(): void {
    for (const tunnel of this.#tunnels) if (tunnel.writableLength === 0) tunnel.destroy();
  }

  /** Cuts all requests in progress. */
  cut(): void {
    for (const tunnel of this.#tunnels) tunnel.destroy();
    this.#connections.cut();
  }
}
