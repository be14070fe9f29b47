import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { admit, type Admission, type FromSite } from './admission.js';
import { BytesSent } from './bytes-sent.js';
import { Exchange, type Place, type Route } from './exchange.js';
import { Generation } from './generation.js';
import { refuse } from './refusal.js';
import { ResponseTimes } from './response-times.js';
import { serveSite } from './serve-site.js';
import type { Traffic } from './traffic.js';
import { isWebSocket, withoutUpgrade } from '../offered-upgrade.js';
import { responseOn, tunnel } from './upgrade.js';

/** The one stable address of an app, in front of whichever deployment of it is live. */
export interface Ingress {
  readonly port: number;
  readonly url: string;
  /** Requests and upgraded connections under way, to the live deployment and to those that drain. */
  readonly inFlight: number;
  /** Bytes of response bodies sent, by UTC day (`2026-11-23`), since the address was opened. */
  readonly bytesSent: ReadonlyMap<string, number>;
  /** How long it took from a request to the head of its answer; of what is passed on or refused, not of WebSockets. */
  readonly responseTimes: ResponseTimes;
  /**
   * Sends new requests where `traffic` says from now on. Resolves when the traffic before it has nothing in flight or
   * `drainMs` is over; what is left then is cut, streams and WebSockets too.
   * @throws Error when the ingress is closed.
   */
  switchTo(traffic: Traffic, options: { drainMs: number }): Promise<void>;
  /**
   * Says which instances of a component of the live traffic take requests from now on. What is under way to those that
   * are no longer among them is cut.
   * @throws Error when the ingress is closed or the live traffic has no such component.
   */
  setInstances(component: string, ports: readonly number[]): Promise<void>;
  /** Stops listening and cuts what is under way. */
  close(): Promise<void>;
}

/**
 * Opens an app's address on 127.0.0.1; port 0 takes any. Until the first `switchTo` it answers 503.
 * @throws Error when the port cannot be listened on.
 */
export async function openIngress({ port, app }: { port: number; app: string }): Promise<Ingress> {
  const generations = new Generations();
  const responseTimes = new ResponseTimes();
  const server = serve(app, generations, responseTimes);
  await listen(server, port, app);
  const { port: bound } = server.address() as AddressInfo;
  return {
    port: bound,
    url: `http://127.0.0.1:${bound}`,
    get inFlight() {
      return generations.inFlight;
    },
    bytesSent: generations.bytesSent.byDay,
    responseTimes,
    switchTo: (traffic, { drainMs }) => generations.switchTo(traffic, drainMs),
    setInstances: (component, ports) => generations.setInstances(component, ports),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      // An open tunnel would keep the server from closing, and so would a connection kept alive.
      generations.cut();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The live deployment and those before it that still have something in flight. */
class Generations {
  readonly bytesSent = new BytesSent();
  readonly #draining = new Set<Generation>();
  #live: Generation | undefined;
  #closed = false;

  get live(): Generation | undefined {
    return this.#live;
  }

  get inFlight(): number {
    return this.#all().reduce((sum, generation) => sum + generation.inFlight, 0);
  }

  async switchTo(traffic: Traffic, drainMs: number): Promise<void> {
    if (this.#closed) throw new Error('The ingress is closed: it cannot switch.');
    const before = this.#live;
    this.#live = new Generation(traffic);
    if (!before) return;
    this.#draining.add(before);
    await before.drain(drainMs);
    this.#draining.delete(before);
  }

  async setInstances(component: string, ports: readonly number[]): Promise<void> {
    if (this.#closed) throw new Error(`The ingress is closed: "${component}" has no instances any more.`);
    const balancer = this.#live?.balancer(component);
    if (!balancer) throw new Error(`The live traffic has no component "${component}" with instances.`);
    balancer.set(ports);
  }

  cut(): void {
    this.#closed = true;
    const all = this.#all();
    this.#live = undefined;
    for (const generation of all) generation.cut();
  }

  #all(): Generation[] {
    return this.#live ? [this.#live, ...this.#draining] : [...this.#draining];
  }
}

function serve(app: string, generations: Generations, times: ResponseTimes): Server {
  const onSent = (bytes: number): void => generations.bytesSent.add(bytes);
  const onAnswered = (status: number, since: number): void => times.add(status, since);
  const site = (request: IncomingMessage, response: ServerResponse, to: FromSite): void => {
    const since = performance.now();
    const told = { app, onSent, onAnswered: (status: number) => onAnswered(status, since) };
    void serveSite(request, response, { ...told, ...to });
  };
  const place = (request: IncomingMessage): Admission => admit(request, app, generations.live);
  const again = (request: IncomingMessage): Place | undefined => {
    const admission = place(request);
    return admission.kind === 'instances' ? admission : undefined;
  };
  const route: Route = { app, again, onSent, onAnswered };
  const answer = (request: IncomingMessage, response: ServerResponse, to: Admission): void => {
    if (to.kind === 'instances') new Exchange(request, response, route, to).start();
    else if (to.kind === 'site') site(request, response, to);
    else if (to.kind === 'refused') {
      onAnswered(to.refusal.status, performance.now());
      refuse(response, to.refusal, to.extra);
    } else response.writeHead(to.status, [...to.headers]).end();
  };
  // An idle connection is its client's to close: no client ever sends a request while the ingress closes on it.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) =>
    answer(request, response, place(request)),
  );
  server.on('upgrade', (request, client, head) => {
    if (!isWebSocket(request)) return server.emit('connection', withoutUpgrade(request, client, head));
    // node:http has let go of the connection: its errors are nobody else's now.
    client.on('error', () => client.destroy());
    const to = place(request);
    if (to.kind === 'instances') tunnel(request, client, head, to, app);
    else answer(request, responseOn(client, request), to);
  });
  return server;
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
