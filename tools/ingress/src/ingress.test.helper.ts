import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  type Agent,
  createServer,
  type IncomingHttpHeaders,
  request as httpRequest,
  type RequestListener,
  type Server,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { type Ingress, openIngress } from './ingress.js';
import type { Traffic } from './traffic.js';

/** A service of this process; it ends with the test. */
export async function startService(listener: RequestListener): Promise<{ port: number; server: Server }> {
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, server };
}

export async function startIngress(): Promise<Ingress> {
  const ingress = await openIngress({ port: 0, app: 'pr-review' });
  onTestFinished(() => ingress.close());
  return ingress;
}

/** Every path of an app whose one component is these processes. */
export function to(...ports: number[]): Traffic {
  const component = 'web';
  return {
    deployment: randomUUID(),
    rules: [{ path: { prefix: '/' }, to: { component, preservePathPrefix: false } }],
    components: new Map([[component, { ports }]]),
  };
}

/** An ingress that leads to one service. */
export async function startBehind(listener: RequestListener): Promise<{ ingress: Ingress; server: Server }> {
  const { port, server } = await startService(listener);
  const ingress = await startIngress();
  await ingress.switchTo(to(port), { drainMs: 0 });
  return { ingress, server };
}

export interface Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface SendOptions {
  method?: string;
  path?: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
  agent?: Agent;
}

/** One request; rejects when the connection breaks before the whole answer is here. */
export async function send({ port }: Ingress, { body, ...options }: SendOptions = {}): Promise<Answer> {
  const headers = { ...options.headers, ...(body && { 'content-length': String(body.length) }) };
  // Without an agent of its own each request takes a new connection.
  const request = httpRequest({ host: '127.0.0.1', port, agent: false, ...options, headers });
  request.end(body);
  const [response] = await once(request, 'response');
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/** A connection to write any bytes to, and what came back on it so far. */
export function openRaw({ port }: { port: number }): { socket: Socket; received: () => string } {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString('latin1'))).on('error', () => undefined);
  return { socket, received: () => received };
}
