import { once } from 'node:events';
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  request as httpRequest,
  type RequestListener,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { readConfig, type RouterConfig, type RouterConfigInput } from './config.js';
import { openRouter, type Router } from './router.js';

export const secret = 'a secret of this test';

/** A service of this process; it ends with the test. */
export async function startService(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** A service that answers with a text. */
export async function answering(answer: string): Promise<string> {
  return (await startService((request, response) => request.on('end', () => response.end(answer)).resume()))
    .url;
}

/** Where nothing listens. */
export async function nowhere(): Promise<string> {
  const { url, server } = await startService(() => undefined);
  server.close();
  await once(server, 'close');
  return url;
}

export function configWith(
  rest: Pick<RouterConfigInput, 'live' | 'canary'> & Partial<RouterConfigInput>,
): RouterConfig {
  const weight = rest.steps ? {} : { weight: 0 };
  return readConfig(JSON.stringify({ rollout: 'one', ...weight, ...rest }), 'test');
}

export interface Opened {
  router: Router;
  events: { event: string; data: object }[];
}

export async function open(config: RouterConfig): Promise<Opened> {
  const events: Opened['events'] = [];
  const log = (event: string, data: object): void => void events.push({ event, data });
  const router = await openRouter(config, { port: 0, secret, log });
  onTestFinished(() => router.finish(0));
  return { router, events };
}

export interface Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

const agent = new Agent({ keepAlive: true });

interface SendOptions {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
  agent?: Agent;
  /** Milliseconds of silence after which it fails. */
  timeout?: number;
}

/** One request; rejects when the connection breaks before the whole answer is here. */
export async function send(
  { port }: { port: number },
  { body, timeout, ...rest }: SendOptions = {},
): Promise<Answer> {
  const headers = { ...rest.headers, ...(body && { 'content-length': String(body.length) }) };
  const request = httpRequest({ host: '127.0.0.1', port, agent, ...rest, headers });
  if (timeout !== undefined)
    request.setTimeout(timeout, () => request.destroy(new Error('no answer in time')));
  request.end(body);
  const [response] = await once(request, 'response');
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/** Lets the canary of a router at weight 100 give as many good answers as end its probation. */
export async function trust(router: { port: number }): Promise<void> {
  for (let i = 0; i < 5; i++) await send(router);
}

/** The cookie that an answer sets, as a client sends it back. */
export function cookieOf({ headers }: Answer): string {
  return headers['set-cookie']?.[0]?.split(';', 1)[0] ?? '';
}
