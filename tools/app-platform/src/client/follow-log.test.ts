import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { LogFrame } from '../follow/log-frame.js';
import { AppPlatformClient } from './client.js';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A live log that serves each client as the test defines, and a client of the platform. */
async function liveLog(serve: (socket: WebSocket) => void) {
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    verifyClient: ({ req }: { req: IncomingMessage }) => req.url?.includes('forged') !== true,
  });
  server.on('connection', serve);
  await once(server, 'listening');
  const client = new AppPlatformClient({ url: 'http://127.0.0.1:1', token: 'dop_v1_secret' });
  cleanups.push(async () => {
    await client.close();
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  return {
    client,
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/log?signature=hidden`,
    server,
  };
}

const frame = (line: string) => JSON.stringify({ data: `web 2026-01-31T12:00:00Z ${line}\n` });

async function read(log: AsyncIterable<LogFrame>): Promise<string> {
  let text = '';
  for await (const frame of log) text += frame.text;
  return text;
}

describe('a live log', () => {
  it('is what its frames carry, to the normal close; the token is not sent there', async () => {
    let authorization: string | undefined = 'not asked';
    const { client, url, server } = await liveLog((socket) => {
      socket.send(frame('one'));
      socket.send(frame('zwei ü'));
      socket.close(1000);
    });
    server.on('connection', (_, request) => (authorization = request.headers.authorization));
    expect(await read(client.readLog({ live_url: url }))).toBe(
      'web 2026-01-31T12:00:00Z one\nweb 2026-01-31T12:00:00Z zwei ü\n',
    );
    expect(authorization).toBeUndefined();
  });

  it.each<[string, (socket: WebSocket) => void, RegExp]>([
    ['that breaks off', (socket) => socket.terminate(), /was interrupted .*1006/],
    ['whose server goes away', (socket) => socket.close(1001), /was interrupted .*1001/],
    ['of other frames', (socket) => socket.send('{"text":1}'), /not \{"data"/],
  ])('%s is an error that names the host, not the address', async (_, serve, message) => {
    const { client, url } = await liveLog(serve);
    const error = (await read(client.readLog({ live_url: url })).catch((reason: unknown) => reason)) as Error;
    expect(error.message).toMatch(message);
    expect(error.message).toContain(new URL(url).host);
    expect(`${error.stack} ${String((error.cause as Error).stack)}`).not.toContain('hidden');
  });

  it('that refuses the address is an error', async () => {
    const { client, url } = await liveLog(() => undefined);
    await expect(read(client.readLog({ live_url: `${url}&forged` }))).rejects.toThrow('could not be opened');
  });

  it('ends at once with the reason of the signal', async () => {
    const { client, url } = await liveLog((socket) => socket.send(frame('one')));
    const stop = new AbortController();
    const log = client.readLog({ live_url: url }, { signal: stop.signal });
    await log.next();
    const rest = log.next();
    stop.abort(new Error('Ctrl-C'));
    await expect(rest).rejects.toThrow('Ctrl-C');
  });

  it('does not pile up for a reader that is too slow', async () => {
    let closed: Promise<unknown> | undefined;
    const { client, url } = await liveLog((socket) => {
      closed = once(socket, 'close');
      for (let line = 0; line < 100; line++) socket.send(frame('x'.repeat(1000)));
    });
    const slowly = async () => {
      for await (const _ of client.readLog({ live_url: url }, { maxWaitingBytes: 10_000 })) await closed;
    };
    await expect(slowly()).rejects.toThrow(/faster than it was read/);
  });

  it('has an end to look at: what has come within a time', async () => {
    const { client, url } = await liveLog((socket) => socket.send(frame('so far')));
    expect(await client.fetchLog({ live_url: url }, { withinMs: 300 })).toContain('so far');
  });

  it('is a WebSocket also at an http address', async () => {
    const { client, url } = await liveLog((socket) => {
      socket.send(frame('one'));
      socket.close(1000);
    });
    expect(await read(client.readLog({ live_url: url.replace('ws:', 'http:') }))).toContain('one');
  });

  it('continues after the last position', async () => {
    const { client, url, server } = await liveLog((socket) => socket.close(1000));
    const asked = once(server, 'connection') as Promise<[WebSocket, IncomingMessage]>;
    await read(client.readLog({ live_url: url }, { position: 'web:7' }));
    expect((await asked)[1].url).toBe('/log?signature=hidden&position=web%3A7');
  });
});

describe('an archived log', () => {
  it('is read as plain text where there is no live one, one part after another', async () => {
    const server = createServer(({ url }, response) => response.end(`${url}\n`));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    cleanups.push(async () => void server.close());
    const { client } = await liveLog(() => undefined);
    const { port } = server.address() as AddressInfo;
    const parts = ['/1?signature=hidden', '/2'].map((path) => `http://127.0.0.1:${port}${path}`);
    expect(await read(client.readLog({ historic_urls: parts }))).toBe('/1?signature=hidden\n/2\n');
    expect(await client.fetchLog({ historic_urls: parts })).toBe('/1?signature=hidden\n/2\n');
    expect(await client.fetchLog({})).toBe('');
  });
});
