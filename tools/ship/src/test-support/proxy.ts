import { once } from 'node:events';
import { createServer, type IncomingMessage, request as send, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** How a request is handled: passed on, cut off, or answered here. */
export type Handling = 'pass' | 'cut' | { status: number; headers?: Record<string, string>; body?: string };

export interface Proxy {
  host: string;
  /** `PUT /v2/acme/shop/manifests/x` */
  seen: string[];
}

/** Starts a proxy between a client and a server on this machine; it stops when the test ends. */
export async function startProxy(
  behind: string,
  handle: (request: IncomingMessage) => Handling,
  /** Headers that it adds to each reply. */
  added: Record<string, string> = {},
): Promise<Proxy> {
  const seen: string[] = [];
  const server = createServer((request, reply) => {
    seen.push(`${request.method} ${request.url}`);
    const handling = handle(request);
    if (handling === 'cut') request.once('data', () => request.socket.destroy());
    else if (handling === 'pass') pass(behind, request, reply, added);
    else reply.writeHead(handling.status, handling.headers).end(handling.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

/** Keeps the host that the client used, because the server's replies contain links to it. */
function pass(
  behind: string,
  request: IncomingMessage,
  reply: ServerResponse,
  added: Record<string, string>,
): void {
  const { method, url, headers } = request;
  const onward = send(`http://${behind}${url}`, { method, headers }, (answer) => {
    reply.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...added });
    answer.pipe(reply);
  });
  onward.on('error', () => reply.destroy());
  request.pipe(onward);
}
