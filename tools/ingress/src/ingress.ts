import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Leaving, Load } from './balancer.js';
import { type FrontOptions, openFront } from './front.js';
import { Generations } from './generations.js';
import { RequestCounts, type RequestReading } from './request-counts.js';
import { ResponseTimes } from './response-times.js';
import type { OfDeployment, SwitchOptions, Traffic } from './traffic.js';

/** The one stable address of an app, in front of whichever deployment of it is live. */
export interface Ingress {
  readonly port: number;
  readonly url: string;
  /** Requests and upgraded connections in progress, to the live deployment and to those that drain. */
  readonly inFlight: number;
  /** Bytes of response bodies sent, by UTC day (`2026-11-23`), since the address was opened. */
  readonly bytesSent: ReadonlyMap<string, number>;
  /** The time from a request to the head of its answer, for requests that are passed on or refused, not for WebSockets. */
  readonly responseTimes: ResponseTimes;
  /**
   * Sends new requests where `traffic` says from now on, or refuses them where it is undefined. If that is live already, only
   * its instances are set again. The previous traffic first stands by, if asked for, then drains: resolves when nothing of it
   * is in flight, or `drainMs` after the switch and after the last request that it took on standby. Its remaining requests,
   * streams and WebSockets too, continue until its instances end or are taken away.
   * @throws Error when the ingress is closed.
   */
  switchTo(traffic: Traffic | undefined, options: SwitchOptions): Promise<void>;
  /**
   * Sets which instances of a component take requests from now on, and which only finish requests in progress. Requests in
   * progress to all others are cut. Does nothing for traffic that has ended.
   * @throws Error when the ingress is closed or there is no such component.
   */
  setInstances(
    traffic: OfDeployment,
    component: string,
    ports: readonly number[],
    leaving?: readonly Leaving[],
  ): Promise<void>;
  /**
   * Takes the instances of a component away: its next request is held until it has some again, for two minutes at most. False, and
   * nothing changes, where requests are in progress or the traffic is not live.
   */
  sleep(traffic: OfDeployment, component: string): boolean;
  /** Resolves when a request waits for a component that sleeps; at once when it does not sleep. */
  untilAsked(traffic: OfDeployment, component: string): Promise<void>;
  /** Refuses the requests that wait, with 503 and the reason; the component sleeps on. */
  wakeFailed(traffic: OfDeployment, component: string, reason: string): void;
  /** What each component of the live deployment has to do, by its name; none of static sites. */
  loads(): Record<string, Load>;
  /** What was answered since the address was opened, by component, and by instance of what is live. */
  counts(): RequestReading;
  /** Stops listening; resolves when all connections have ended, or cuts the requests that are still in progress after `withinMs`. */
  finish(withinMs: number): Promise<void>;
  /** Stops listening and cuts the requests in progress. */
  close(): Promise<void>;
}

export interface IngressOptions extends FrontOptions {
  port: number;
  /** The address to listen on: 127.0.0.1 if it is left out. */
  host?: string | undefined;
}

/**
 * Opens an app's address; port 0 takes any. Until the first `switchTo` it answers 503.
 * @throws Error when the port cannot be listened on.
 */
export async function openIngress({ port, host = '127.0.0.1', ...front }: IngressOptions): Promise<Ingress> {
  const generations = new Generations(front.app, front.steering);
  const responseTimes = new ResponseTimes();
  const counts = new RequestCounts();
  const server = openFront(front, generations, { times: responseTimes, counts });
  await listen(server, { port, host }, front.app);
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
    setInstances: (traffic, component, ports, leaving) =>
      generations.setInstances(traffic, component, ports, leaving),
    sleep: (traffic, component) => generations.balancer(traffic, component)?.sleep() ?? false,
    untilAsked: async (traffic, component) => generations.balancer(traffic, component)?.untilAsked(),
    wakeFailed: (traffic, component, reason) => generations.balancer(traffic, component)?.wakeFailed(reason),
    loads: () => generations.loads(),
    counts: () => ({ components: counts.read(generations.components()), instances: generations.counts() }),
    finish: (withinMs) => finish(server, generations, withinMs),
    close: () => finish(server, generations, 0),
  };
}

/** How often connections are closed that have become idle. */
const idleMs = 50;

async function finish(server: Server, generations: Generations, withinMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const sweeper = setInterval(() => server.closeIdleConnections(), idleMs);
  const late = new AbortController();
  if (withinMs > 0) {
    await Promise.race([closed, delay(withinMs, undefined, { signal: late.signal }).catch(() => undefined)]);
  }
  late.abort();
  clearInterval(sweeper);
  // An open tunnel would keep the server from closing, and so would a connection kept alive.
  generations.cut();
  server.closeAllConnections();
  await closed;
}

async function listen(
  server: Server,
  { port, host }: { port: number; host: string },
  app: string,
): Promise<void> {
  try {
    await once(server.listen(port, host), 'listening');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(
      `Could not listen on ${host}:${port} for app "${app}" (${code}). ` +
        'Stop what uses the port, or give the app another one.',
      { cause },
    );
  }
}
