import type { Duplex } from 'node:stream';
import { Pool, type Dispatcher } from 'undici';
import { connectTo } from './connect.js';

/** One process behind the ingress: its connections, and what is under way on them. */
export class Instance {
  readonly port: number;
  readonly #kept: Pool;
  readonly #fresh: Pool;
  readonly #tunnels = new Set<Duplex>();
  #inFlight = 0;

  constructor(port: number) {
    this.port = port;
    const origin = `http://127.0.0.1:${port}`;
    // A stream may be silent for as long as it likes; what ends it is its client, its service, or the drain.
    const options = { bodyTimeout: 0, connect: connectTo(port) };
    this.#kept = new Pool(origin, options);
    // Without pipelining undici keeps no connection alive: each request has one of its own.
    this.#fresh = new Pool(origin, { ...options, pipelining: 0 });
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  begin(): void {
    this.#inFlight++;
  }

  end(): void {
    this.#inFlight--;
  }

  /** `fresh`: on a new connection, so that the service cannot close it, idle, at the moment the request is sent. */
  dispatch(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler, fresh: boolean): void {
    (fresh ? this.#fresh : this.#kept).dispatch(request, handler);
  }

  /** Cuts an upgraded connection along with the others. */
  hold(tunnel: Duplex): void {
    this.#tunnels.add(tunnel);
    tunnel.once('close', () => this.#tunnels.delete(tunnel));
  }

  /** Breaks off everything under way. */
  async cut(): Promise<void> {
    for (const tunnel of this.#tunnels) tunnel.destroy();
    await Promise.all([this.#kept.destroy(), this.#fresh.destroy()]);
  }
}
