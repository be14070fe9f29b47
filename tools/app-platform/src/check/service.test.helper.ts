import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { LiveService } from './live-service.js';

/** A real service that answers as the test defines, and a client of it; both are closed when the test ends. */
export async function liveService(answer: RequestListener): Promise<LiveService> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const service = new LiveService(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(async () => {
    await service.close();
    server.closeAllConnections();
    server.close();
  });
  return service;
}
