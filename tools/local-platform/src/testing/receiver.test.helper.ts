import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterwards } from './platform.test.helper.js';

interface Message {
  text: string;
  channel?: string;
}

/** A receiver of webhooks on this machine. */
export async function receiver(status = 200) {
  const messages: Message[] = [];
  const server = createServer((request, reply) => {
    void text(request).then((body) => {
      messages.push(JSON.parse(body) as Message);
      reply.writeHead(status).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(async () => server.closeAllConnections() ?? server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/T0KEN`, messages };
}
