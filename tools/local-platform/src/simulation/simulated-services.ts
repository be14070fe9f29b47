import { type ComponentCounts, RequestCounts } from '@odoobo/ingress';
import { once } from 'node:events';
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';

/** What is live of an app, as its simulated service reports it. */
export interface LiveVersion {
  deployment: string;
  /** The digest of the image that would run; none for other sources. */
  digest?: string | undefined;
  /** The service that would answer; undefined where the app has none. */
  component?: string | undefined;
}

/**
 * Answers for the services of all simulated apps, each at a port of its own: 200 with what is live, whatever the path.
 * One HTTP server behind all of the ports, so that a thousand of them cost little more than their sockets.
 */
export class SimulatedServices {
  readonly #ports = new Map<string, Server>();
  readonly #apps = new Map<number, string>();
  readonly #counts = new Map<string, RequestCounts>();
  readonly #waits = new Map<string, (() => number) | undefined>();
  readonly #http = createHttpServer((request, response) => {
    const since = performance.now();
    const appId = this.#apps.get(request.socket.localPort ?? 0) ?? '';
    const waitMs = this.#waits.get(appId)?.() ?? 0;
    const answer = () => this.#answer(response, appId, since);
    if (waitMs > 0) setTimeout(answer, waitMs);
    else answer();
  });

  constructor(private readonly liveVersion: (appId: string) => LiveVersion | undefined) {}

  /** Opens the app's port on 127.0.0.1; the same one every time. @param answerMs how long an answer takes */
  async open(appId: string, answerMs: (() => number) | undefined): Promise<void> {
    this.#waits.set(appId, answerMs);
    if (this.#ports.has(appId)) return;
    const port = createServer((socket) => this.#http.emit('connection', socket));
    this.#ports.set(appId, port);
    this.#counts.set(appId, new RequestCounts());
    await once(port.listen(0, '127.0.0.1'), 'listening');
    this.#apps.set((port.address() as AddressInfo).port, appId);
  }

  /** Undefined until the port is open. */
  urlOf(appId: string): string | undefined {
    const address = this.#ports.get(appId)?.address() as AddressInfo | null | undefined;
    return address ? `http://127.0.0.1:${address.port}` : undefined;
  }

  #answer(response: ServerResponse, appId: string, since: number): void {
    const live = this.liveVersion(appId);
    const { deployment, digest, component = '' } = live ?? {};
    const status = live ? 200 : 503;
    const body = live ? { status: 'healthy', deployment, digest } : { status: 'unavailable' };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    this.#counts.get(appId)?.add(component, status, since);
  }

  /** What the app has answered since its port was opened. @param component what is live of it */
  countsOf(appId: string, component: string): ComponentCounts[] {
    return this.#counts.get(appId)?.read(new Set([component])) ?? [];
  }

  /** Frees the app's port; connections that are open end with their answer. */
  forget(appId: string): void {
    const port = this.#ports.get(appId);
    const address = port?.address() as AddressInfo | null | undefined;
    if (address) this.#apps.delete(address.port);
    this.#ports.delete(appId);
    this.#counts.delete(appId);
    this.#waits.delete(appId);
    port?.close();
  }

  close(): void {
    for (const appId of [...this.#ports.keys()]) this.forget(appId);
    this.#http.closeAllConnections();
  }
}
