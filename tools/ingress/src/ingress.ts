import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Leaving } from './balancer.js';
import { openFront } from './front.js';
import { Generations } from './generations.js';
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
  /** Stops listening and cuts the requests in progress. */
  close(): Promise<void>;
}

/**
 * Opens an app's address on 127.0.0.1; port 0 takes any. Until the first `switchTo` it answers 503.
 * @throws Error when the port cannot be listened on.
 */
export async function openIngress({ port, app }: { port: number; app: string }): Promise<Ingress> {
  const generations = new Generations(app);
  const responseTimes = new ResponseTimes();
  const server = openFront(app, generations, responseTimes);
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
    setInstances: (traffic, component, ports, leaving) =>
      generations.setInstances(traffic, component, ports, leaving),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      // An open tunnel would keep the server from closing, and so would a connection kept alive.
      generations.cut();
      server.closeAllConnections();
      await closed;
    },
  };
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
