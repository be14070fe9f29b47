import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { configWith, open, type Opened, send, startService } from './router.test.helper.js';

/** A service with a WebSocket that echoes, and a stream that goes on when the test lets it. */
async function startStreaming(
  name: string,
): Promise<{ url: string; go: (text: string) => void; end: () => void }> {
  let go: (text: string) => void = () => undefined;
  let end: () => void = () => undefined;
  const { url, server } = await startService((request, response) => {
    if (request.url !== '/stream') return void response.end(name);
    response.write(`${name} begins;`);
    go = (text) => response.write(text);
    end = () => response.end();
  });
  server.on('upgrade', (request, socket) => {
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    const variant = request.headers['x-skill-variant'];
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nx-seen: ${variant}\r\n\r\n`,
    );
    socket.pipe(socket);
  });
  return { url, go: (text) => go(text), end: () => end() };
}

function openSocket({ router }: Opened, request: string): { socket: Socket; received: () => string } {
  const socket = connect(router.port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString('latin1')));
  socket.write(request.replaceAll('\n', '\r\n'));
  return { socket, received: () => received };
}

const webSocket = 'GET / HTTP/1.1\nhost: shop.example\nconnection: upgrade\nupgrade: websocket\n\n';

describe('a WebSocket and a slow stream', () => {
  it('pass, and no change of weights or rollout cuts them', async () => {
    const [live, canary] = [await startStreaming('live'), await startStreaming('canary')];
    const at = (weight: number, rollout = 'one') =>
      configWith({ live: live.url, canary: canary.url, weight, rollout });
    const opened = await open(at(100));
    const { router } = opened;
    const chat = openSocket(opened, webSocket);
    await expect
      .poll(chat.received)
      .toMatch(/^HTTP\/1.1 101 .*\r\nx-seen: canary\r\nx-skill-variant: canary\r\n/s);
    const stream = openSocket(opened, 'GET /stream HTTP/1.1\nhost: shop.example\n\n');
    await expect.poll(stream.received).toContain('canary begins;');

    for (const [weight, rollout] of [[50], [1], [0], [0, 'two']] as [number, string?][]) {
      router.configure(at(weight, rollout));
      chat.socket.write(`at ${weight};`);
      await expect.poll(chat.received).toContain(`at ${weight};`);
      canary.go(`at ${weight};`);
      await expect.poll(stream.received).toContain(`at ${weight};`);
    }
    expect((await send(router)).body).toBe('live');
    canary.end();
    await expect.poll(stream.received).toMatch(/0\r\n\r\n$/);
    expect(chat.socket.destroyed).toBe(false);
  });

  it('to a canary that is out continue', async () => {
    const [live, canary] = [
      await startStreaming('live'),
      await startService((_, response) => response.writeHead(503).end()),
    ];
    canary.server.on('upgrade', (_, socket) => {
      socket.on('error', () => undefined).pipe(socket);
      onTestFinished(() => void socket.destroy());
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    });
    const matches = [{ to: 'canary' as const, header: { name: 'x-try', value: 'canary' } }];
    const opened = await open(configWith({ live: live.url, canary: canary.url, weight: 50, matches }));
    const chat = openSocket(opened, webSocket.replace('\n\n', '\nx-try: canary\n\n'));
    await expect.poll(chat.received).toContain('101 Switching Protocols');
    for (let i = 0; i < 100 && !opened.router.state.out; i++) await send(opened.router);
    expect(opened.router.state.out).not.toBeNull();
    chat.socket.write('still here');
    await expect.poll(chat.received).toMatch(/still here$/);
  });
});

describe('finishing', () => {
  it('lets requests in progress end, takes no new ones, and cuts what is left when its time is over', async () => {
    const live = await startStreaming('live');
    const opened = await open(configWith({ live: live.url, canary: live.url }));
    const stream = openSocket(opened, 'GET /stream HTTP/1.1\nhost: localhost\n\n');
    await expect.poll(stream.received).toContain('live begins;');
    const finished = opened.router.finish(60_000);
    await expect(fetch(opened.router.url)).rejects.toThrow();
    live.go('and ends');
    live.end();
    await finished;
    await expect.poll(stream.received).toMatch(/and ends\r\n0\r\n\r\n$/);

    const other = await open(configWith({ live: live.url, canary: live.url }));
    const chat = openSocket(other, webSocket);
    await expect.poll(chat.received).toContain('101');
    const closed = once(chat.socket, 'close');
    await other.router.finish(100);
    await closed;
  });
});
