import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Answered } from '../support/steady-load.js';
import { streamSteps } from './shop.js';

export const streams = 'stream of 2 s';
export const webSockets = 'WebSocket of 2 s';

/** How many of each are open at a time. */
const atOnce = 5;

/** Opens streams and WebSockets one after another. Each must last until its end. */
export class LongLived {
  readonly answered: Answered[] = [];
  readonly #stopping = new AbortController();
  readonly #all: Promise<void>[] = [];

  constructor(private readonly url: URL) {}

  start(): void {
    for (let i = 0; i < atOnce; i++) {
      this.#all.push(this.#repeat(streams, () => stream(this.url)));
      this.#all.push(this.#repeat(webSockets, () => webSocket(this.url)));
    }
  }

  /** Opens no more, and waits for those that are open. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#all);
  }

  async #repeat(kind: string, open: () => Promise<string | undefined>): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const start = performance.now();
      const failure = await open().catch(String);
      this.answered.push({
        kind,
        phase: '',
        milliseconds: performance.now() - start,
        ...(failure ? { failure } : {}),
      });
      // One that fails at once is no reason to ask in a tight loop.
      if (failure) await delay(100);
    }
  }
}

/** @returns what was wrong */
async function stream(url: URL): Promise<string | undefined> {
  const request = httpRequest(new URL('/stream', url), { agent: false }).end();
  const [answer] = await once(request, 'response');
  let body = '';
  for await (const chunk of answer) body += String(chunk);
  const whole = `${'.'.repeat(streamSteps)}!`;
  return answer.statusCode === 200 && body === whole ? undefined : `${answer.statusCode} ${body}`;
}

/** Says something each 100 ms, and expects it back. @returns what was wrong */
async function webSocket({ hostname, port, host }: URL): Promise<string | undefined> {
  const socket = connect(Number(port), hostname);
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString('latin1')));
  const closed = once(socket, 'close');
  try {
    socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`);
    await Promise.race([untilHead(socket, () => received), closed]);
    if (!received.startsWith('HTTP/1.1 101'))
      return received.replace(/^HTTP\/1.1 (\d+)[^]*\r\n\r\n/, '$1 ') || 'closed';
    for (let step = 0; step < streamSteps; step++) {
      socket.write(`${step};`);
      await delay(100);
    }
    const said = Array.from({ length: streamSteps }, (_, step) => `${step};`).join('');
    await Promise.race([until(socket, () => received.endsWith(said)), closed]);
    return received.endsWith(said) ? undefined : `closed after ${received.length} bytes`;
  } finally {
    socket.destroy();
  }
}

function untilHead(socket: Socket, received: () => string): Promise<void> {
  return until(socket, () => received().includes('\r\n\r\n'));
}

async function until(socket: Socket, isSo: () => boolean): Promise<void> {
  while (!isSo()) await once(socket, 'data', { signal: AbortSignal.timeout(10_000) });
}
