import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { onTestFinished } from 'vitest';
import type { AppSpec } from '../spec/index.js';
import { AppPlatformClient, type AppPlatformClientOptions } from './client.js';
import { AppPlatformError } from './errors.js';

export const tokenPattern = 'dop_v1_0123456789abcdef';
export const exampleSpec: AppSpec = {
  name: 'app',
  services: [{ name: 'web', git: { repo_clone_url: 'https://x' } }],
};
export const app = { id: 'id-1', spec: exampleSpec };

export type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** A real server that misbehaves as the handler defines, and a client of it. */
export async function serve(handler: Handler, options: Partial<AppPlatformClientOptions> = {}) {
  const requests: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    headers.push(request.headers);
    request.resume();
    request.on('end', () => handler(request, response, requests.length));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new AppPlatformClient({ url, token: tokenPattern, callTimeoutMs: 10_000, ...options });
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await client.close();
  });
  return { client, requests, headers, url };
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export async function failure(promise: Promise<unknown>): Promise<AppPlatformError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AppPlatformError))
    throw new Error(`expected an AppPlatformError, got ${inspect(error)}`);
  return error;
}

/** Answers first with the test's handler, then with a good answer. */
export function thenGood(first: Handler, then: unknown): Handler {
  return (request, response, count) =>
    count === 1 ? first(request, response, count) : json(response, 200, then);
}
