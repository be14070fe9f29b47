import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Exchange, type Route } from './exchange.js';
import { Generation, type Target } from './generation.js';
import { isLocalHost } from './headers.js';
import { noDeploymentYet, refuse, unknownTarget, wrongHost, type Refusal } from './refusal.js';
import { isWebSocket, refuseUpgrade, tunnel, withoutUpgrade } from './upgrade.js';

export type { Target } from './generation.js';

/** The one stable address of an app, in front of whichever deployment of it is live. */
export interface Ingress {
  readonly port: number;
  readonly url: string;
  /** Requests and upgraded connections under way, to the live deployment and to those that drain. */
  readonly inFlight: number;
  /**
   * Sends new requests to `target` from now on. Resolves when the target before it has nothing in flight or
   * `drainMs` is over; what is left then is cut, streams and WebSockets too.
   */
  switchTo(target: Target, options: { drainMs: number }): Promise<void>;
  /** Stops listening and cuts what is under way. */
  close(): Promise<void>;
}

/** As long as nginx keeps an idle client connection: the longer, the seldomer a client meets a closing one. */
const KEEP_ALIVE_MS = 75_000;

/**
 * Opens an app's address on 127.0.0.1; port 0 takes any. Until the first `switchTo` it answers 503.
 * @throws Error when the port cannot be listened on.
 */
export async function openIngress({ port, app }: { port: number; app: string }): Promise<Ingress> {
  const generations = new Generations();
  const server = serve(app, generations);
  await listen(server, port, app);
  const { port: bound } = server.address() as AddressInfo;
  return {
    port: bound,
    url: `http://127.0.0.1:${bound}`,
    get inFlight() {
      return generations.inFlight;
    },
    switchTo: (target, { drainMs }) => generations.switchTo(target, drainMs),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      // An open tunnel would keep the server from closing, and so would a connection kept alive.
      await generations.cut();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The live deployment and those before it that still have something in flight. */
class Generations {
  readonly #draining = new Set<Generation>();
  #live: Generation | undefined;
  #closed = false;

  get live(): Generation | undefined {
    return this.#live;
  }

  get inFlight(): number {
    return this.#all().reduce((sum, generation) => sum + generation.inFlight, 0);
  }

  async switchTo(target: Target, drainMs: number): Promise<void> {
    if (this.#closed) throw new Error(`The ingress is closed: it cannot switch to port ${target.port}.`);
    const before = this.#live;
    this.#live = new Generation(target);
    if (!before) return;
    this.#draining.add(before);
    await before.drain(drainMs);
    this.#draining.delete(before);
  }

  async cut(): Promise<void> {
    this.#closed = true;
    const all = this.#all();
    this.#live = undefined;
    await Promise.all(all.map((generation) => generation.cut()));
  }

  #all(): Generation[] {
    return this.#live ? [this.#live, ...this.#draining] : [...this.#draining];
  }
}

function serve(app: string, generations: Generations): Server {
  const route: Route = { app, live: () => generations.live };
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const to = admit(request, app, generations);
    if ('refusal' in to) refuse(response, to.refusal);
    else new Exchange(request, response, route).start(to.generation);
  });
  server.on('upgrade', (request, client, head) => {
    if (!isWebSocket(request)) return server.emit('connection', withoutUpgrade(request, client, head));
    // node:http has let go of the connection: its errors are nobody else's now.
    client.on('error', () => client.destroy());
    const to = admit(request, app, generations);
    if ('refusal' in to) refuseUpgrade(request, client, to.refusal);
    else tunnel(request, client, head, to.generation, app);
  });
  return server;
}

type Admission = { refusal: Refusal } | { generation: Generation };

function admit({ headers, url }: IncomingMessage, app: string, { live }: Generations): Admission {
  if (!isLocalHost(headers.host)) return { refusal: wrongHost(app) };
  if (!url?.startsWith('/')) return { refusal: unknownTarget() };
  return live ? { generation: live } : { refusal: noDeploymentYet(app) };
}

async function listen(server: Server, port: number, app: string): Promise<void> {
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(
      `Could not listen on 127.0.0.1:${port} for app "${app}" (${code}). ` +
        'Stop what uses the port, or give the app another one.',
      { cause },
    );
  }
}
