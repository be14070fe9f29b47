import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that a skill calls in its tests. */
export interface TestServer {
  /** `127.0.0.1:<port>` */
  host: string;
  url: string;
  /** Closes it with all its connections, including those that wait for an answer. */
  close(): Promise<void>;
}

/** Starts a server on a free port of this machine, so that tests get real answers. */
export async function startTestServer(listener: RequestListener): Promise<TestServer> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { host, url: `http://${host}`, close };
}

/** A host with a port on which nothing listens: `127.0.0.1:<port>`. */
export async function closedHost(): Promise<string> {
  const { host, close } = await startTestServer(() => undefined);
  await close();
  return host;
}
