import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Receives notifications. */
export class Webhook<Notice> {
  readonly notices: Notice[] = [];
  readonly #server = createServer((request, reply) => {
    void text(request).then((body) => {
      this.notices.push(JSON.parse(body) as Notice);
      reply.end();
    });
  });

  /** @returns its URL */
  async open(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
