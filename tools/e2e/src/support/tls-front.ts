import { execa } from 'execa';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';

export interface TlsFront {
  url: string;
  /** The file of its certificate, for NODE_EXTRA_CA_CERTS. */
  certificate: string;
  close(): Promise<void>;
}

/**
 * What is in front of App Platform, for a platform on this machine: TLS, and an edge that keeps the body of a live log back
 * until it ends, but passes WebSockets on. The addresses of logs are its own.
 * @param origin of the platform
 */
export async function startTlsFront(origin: string): Promise<TlsFront> {
  const folder = await mkdtemp(join(tmpdir(), 'tls-front-'));
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  await execa('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, ...name],
  ]);
  const server = createServer({ key: await readFile(key), cert: await readFile(certificate) });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  server.on('request', (request, response) => passOn(request, response, origin, url));
  server.on('upgrade', (request, socket, head) => upgrade(request, socket, head, new URL(origin)));
  const close = async () => {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  };
  return { url, certificate, close };
}

function passOn(request: IncomingMessage, response: ServerResponse, origin: string, url: string): void {
  const { method, url: path = '/' } = request;
  if (/\/live(\?|$)/.test(path)) return;
  const headers = { ...request.headers, host: new URL(origin).host };
  const onward = httpRequest(`${origin}${path}`, { method, headers }, (reply) => {
    text(reply).then(
      (body) => {
        const type = reply.headers['content-type'];
        response.writeHead(reply.statusCode ?? 502, type ? { 'content-type': type } : {});
        response.end(body.replaceAll(`${origin}/logs/`, `${url}/logs/`));
      },
      () => response.destroy(),
    );
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}

function upgrade(
  { method, url, rawHeaders }: IncomingMessage,
  client: Duplex,
  head: Buffer,
  origin: URL,
): void {
  const platform = connect(Number(origin.port), origin.hostname);
  for (const [one, other] of [
    [client, platform],
    [platform, client],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
  const lines = rawHeaders.flatMap((name, index) => {
    if (index % 2 === 1) return [];
    return [`${name}: ${name.toLowerCase() === 'host' ? origin.host : rawHeaders[index + 1]}`];
  });
  platform.write([`${method} ${url} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
  platform.write(head);
  client.pipe(platform).pipe(client);
}
