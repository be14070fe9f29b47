import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A server in front of Odoo that counts what clients send. */
export interface CountingProxy {
  url: string;
  /** Round trips since the last call of this, by phase. A client starts one by `GET /__phase/<name>`. */
  takeCounts(): Record<string, number>;
  close(): void;
}

/** Starts a proxy that keeps connections open on both sides. @param target URL of the server behind it */
export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const agent = new http.Agent({ keepAlive: true });
  let counts: Record<string, number> = {};
  let phase = 'before';
  const server = http.createServer((request, response) => {
    const { url: path = '/' } = request;
    if (path.startsWith('/__phase/')) {
      phase = path.slice('/__phase/'.length);
      response.end();
      return;
    }
    counts[phase] = (counts[phase] ?? 0) + 1;
    void pass(request, response);
  });
  const pass = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    // Whether a connection stays open is a matter of each side.
    const { connection: _client, ...headers } = request.headers;
    const { method, url: path = '/' } = request;
    const body = await buffer(request);
    const onward = http.request(new URL(path, target), { method, headers, agent }, (answer) => {
      const { connection: _server, ...answered } = answer.headers;
      response.writeHead(answer.statusCode ?? 502, answered);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy()).end(body);
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    takeCounts() {
      const taken = counts;
      counts = {};
      phase = 'before';
      return taken;
    },
    close() {
      server.closeAllConnections();
      server.close();
      agent.destroy();
    },
  };
}
