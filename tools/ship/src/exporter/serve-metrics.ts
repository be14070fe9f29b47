import { type Family, formats, metricsText } from '@odoobo/local-platform/metrics';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ListenOn {
  host: string;
  port: number;
}

/** Where Prometheus scrapes. @returns the server, and its URL @throws when it cannot listen there */
export async function serveMetrics(
  { host, port }: ListenOn,
  families: () => Family[],
): Promise<{ server: Server; url: string }> {
  const server = createServer(async ({ method, url, headers }, response) => {
    if (url?.split('?')[0] !== '/metrics') return void response.writeHead(404).end('See /metrics\n');
    if (method !== 'GET') return void response.writeHead(405, { allow: 'GET' }).end();
    const wantsOpen = headers.accept?.includes('application/openmetrics-text') ?? false;
    const type = wantsOpen ? formats.openMetrics : formats.prometheus;
    try {
      response.setHeader('content-type', type).end(await metricsText(families(), type));
    } catch {
      response.writeHead(500).end();
    }
  });
  const listening = once(server, 'listening');
  server.listen(port, host);
  try {
    await listening;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(
      `Cannot listen on ${host}:${port} (${code}). Take another address: --listen=127.0.0.1:0`,
      { cause },
    );
  }
  const bound = server.address() as AddressInfo;
  const shown = host.includes(':') ? `[${host}]` : host;
  return { server, url: `http://${shown}:${bound.port}/metrics` };
}
