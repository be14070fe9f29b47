import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';

/** What is live of an app, as its simulated service reports it. */
export interface LiveVersion {
  deployment: string;
  /** The digest of the image that would run; none for other sources. */
  digest?: string | undefined;
}

/**
 * Answers for the services of all simulated apps, each at a port of its own: 200 with what is live, whatever the path.
 * One HTTP server behind all of the ports, so that a thousand of them cost little more than their sockets.
 */
export class SimulatedServices {
  readonly #ports = new Map<string, Server>();
  readonly #apps = new Map<number, string>();
  readonly #http = createHttpServer((request, response) => {
    const live = this.liveVersion(this.#apps.get(request.socket.localPort ?? 0) ?? '');
    response.writeHead(live ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify(live ? { status: 'healthy', ...live } : { status: 'unavailable' }));
  });

  constructor(private readonly liveVersion: (appId: string) => LiveVersion | undefined) {}

  /** Opens the app's port on 127.0.0.1; the same one every time. */
  async open(appId: string): Promise<void> {
    if (this.#ports.has(appId)) return;
    const port = createServer((socket) => this.#http.emit('connection', socket));
    this.#ports.set(appId, port);
    await once(port.listen(0, '127.0.0.1'), 'listening');
    this.#apps.set((port.address() as AddressInfo).port, appId);
  }

  /** Undefined until the port is open. */
  urlOf(appId: string): string | undefined {
    const address = this.#ports.get(appId)?.address() as AddressInfo | null | undefined;
    return address ? `http://127.0.0.1:${address.port}` : undefined;
  }

  /** Frees the app's port; connections that are open end with their answer. */
  forget(appId: string): void {
    const port = this.#ports.get(appId);
    const address = port?.address() as AddressInfo | null | undefined;
    if (address) this.#apps.delete(address.port);
    this.#ports.delete(appId);
    port?.close();
  }

  close(): void {
    for (const appId of [...this.#ports.keys()]) this.forget(appId);
    this.#http.closeAllConnections();
  }
}
