import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A request that a webhook received. */
export interface Received {
  path: string;
  body: unknown;
}

export interface Receiver {
  /** With a path that must not be shown anywhere. */
  url: string;
  received: Received[];
}

export const secretPath = '/hook/T0KEN-of-the-webhook';

/** Starts a server that receives webhooks; it stops when the test ends. @param answer to the nth call, from 0 */
export async function startReceiver(
  answer: (reply: ServerResponse, n: number) => void = (reply) => reply.end('ok'),
): Promise<Receiver> {
  const received: Received[] = [];
  const take = async (request: IncomingMessage, reply: ServerResponse) => {
    const body: unknown = JSON.parse(await text(request));
    received.push({ path: request.url ?? '', body });
    answer(reply, received.length - 1);
  };
  const server = createServer((request, reply) => void take(request, reply));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${secretPath}`, received };
}
