import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { admit, type Admission, type FromSite } from './admission.js';
import { BytesSent } from './bytes-sent.js';
import { Exchange, type Route } from './exchange.js';
import { Generation } from './generation.js';
import type { Instance } from './instance.js';
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
   * Sends new requests where `traffic` says from now on. What is live already only gets its instances anew. The traffic before it stands by first, where that is asked for;
   * then it drains: resolves when nothing of it is in flight, or `drainMs` after the switch and after the last request
   * that it took standing by. What is left then is cut, streams and WebSockets too.
   * @throws Error when the ingress is closed.
   */
  switchTo(traffic: Traffic, options: SwitchOptions): Promise<void>;
  /**
   * Says which instances of a component take requests from now on, of traffic that was switched to and has not drained.
   * What is under way to those that are no longer among them is cut.
   * @throws Error when the ingress is closed or there is no such traffic or component.
   */
  setInstances(traffic: OfDeployment, component: string, ports: readonly number[]): Promise<void>;
  /** Stops listening and cuts what is under way. */
  close(): Promise<void>;
}

/** Which traffic is meant. */
export type OfDeployment = Pick<Traffic, 'deployment'>;

export interface SwitchOptions {
  drainMs: number;
  /**
   * Until it resolves, or another switch, the traffic before takes the requests for which no instance of the new one is
   * there: none runs, none can be connected to, or those that do broke off and the request may be repeated.
   */
  standsBy?: Promise<void>;
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
    switchTo: (traffic, options) => generations.switchTo(traffic, options),
    setInstances: (traffic, component, ports) => generations.setInstances(traffic, component, ports),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      // An open tunnel would keep the server from closing, and so would a connection kept alive.
      generations.cut();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The live deployment, the one before it that stands by, and those that still have something in flight. */
class Generations {
  readonly bytesSent = new BytesSent();
  /** The one that stands by, too. */
  readonly #draining = new Set<Generation>();
  #live: Generation | undefined;
  #standby: Generation | undefined;
  #closed = false;

  get inFlight(): number {
    return this.#all().reduce((sum, generation) => sum + generation.inFlight, 0);
  }

  /**
   * Where a request goes: to what is live; where that has no instance for it but those that were tried, to what stands by.
   */
  admit(request: IncomingMessage, app: string, tried?: ReadonlySet<Instance>): Admission {
    const admission = admit(request, app, this.#live);
    if (!this.#standby || admission.kind !== 'instances' || admission.balancer.has(tried)) return admission;
    const instead = admit(request, app, this.#standby);
    const takesIt = instead.kind === 'site' || (instead.kind === 'instances' && instead.balancer.has(tried));
    if (!takesIt) return admission;
    this.#standby.drainsAnew();
    return instead;
  }

  async switchTo(traffic: Traffic, { drainMs, standsBy }: SwitchOptions): Promise<void> {
    if (this.#closed) throw new Error('The ingress is closed: it cannot switch.');
    const before = this.#live;
    if (before?.traffic.deployment === traffic.deployment) return this.#goOn(before, traffic);
    this.#live = new Generation(traffic);
    this.#standby = standsBy && before;
    if (!before) return;
    this.#draining.add(before);
    before.drainsAnew();
    await standsBy;
    if (this.#standby === before) this.#standby = undefined;
    await before.drain(drainMs);
    this.#draining.delete(before);
  }

  async setInstances(
    { deployment }: OfDeployment,
    component: string,
    ports: readonly number[],
  ): Promise<void> {
    if (this.#closed) throw new Error(`The ingress is closed: "${component}" has no instances any more.`);
    const generation = this.#all().find((one) => one.traffic.deployment === deployment);
    const balancer = generation?.balancer(component);
    if (!balancer) throw new Error(`The traffic has no component "${component}" with instances.`);
    balancer.set(ports);
  }

  /** What an earlier server had switched to already: nothing of it is cut but what goes to instances that are gone. */
  #goOn(live: Generation, { components }: Traffic): void {
    this.#standby = undefined;
    for (const [name, destination] of components) {
      if ('ports' in destination) live.balancer(name)?.set(destination.ports);
    }
  }

  cut(): void {
    this.#closed = true;
    const all = this.#all();
    this.#live = undefined;
    this.#standby = undefined;
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
  const place = (request: IncomingMessage): Admission => generations.admit(request, app);
  const again: Route['again'] = (request, tried) => {
    const admission = generations.admit(request, app, tried);
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
    if (to.kind === 'instances') tunnel(request, client, head, to, route);
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
