import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Ingress } from './ingress.js';
import { openRaw, send, startIngress, startService, to } from './ingress.test.helper.js';
import { startProcess } from './process.test.helper.js';

const mb = 1024 * 1024;

/** In a process of its own, so that what it holds is not taken for what the ingress holds. */
const exampleService = `
  import { createServer } from 'node:http';
  const sent = Buffer.alloc(65536);
  const server = createServer((request, response) => {
    if (request.url === '/large') {
      let left = 200 * 16;
      const more = () => { while (left-- > 0) if (!response.write(sent)) return; response.end(); };
      response.on('drain', more);
      more();
    } else request.on('end', () => response.end('answer')).resume();
  });
  server.on('upgrade', (request, socket) => {
    socket.on('error', () => undefined).pipe(socket);
    socket.write('HTTP/1.1 101 Switching Protocols\\r\\nconnection: upgrade\\r\\nupgrade: websocket\\r\\n\\r\\n');
  });
  server.listen(Number(process.env.PORT), '127.0.0.1');
`;

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

async function openWebSocket(ingress: Ingress): Promise<Socket> {
  const { socket } = openRaw(ingress);
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 101 /);
  return socket;
}

describe('1,000 idle WebSockets and clients that never read 200 MB', () => {
  it(
    'do not affect other clients, and end with the process after a switch',
    { timeout: 60_000 },
    async () => {
      const { port, stop } = await startProcess(exampleService);
      const ingress = await startIngress();
      const traffic = to(port);
      await ingress.switchTo(traffic, { drainMs: 0 });
      const socketsBefore = openSockets();
      const sockets: Socket[] = [];
      while (sockets.length < 1000) {
        sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => openWebSocket(ingress)))));
      }
      for (let i = 0; i < 5; i++) {
        const { socket } = openRaw(ingress);
        socket.pause().write('GET /large HTTP/1.1\r\nhost: localhost\r\n\r\n');
        sockets.push(socket);
      }
      const memoryBefore = process.memoryUsage().rss;
      await expect.poll(() => ingress.inFlight).toBe(1005);

      for (let i = 0; i < 100; i++) {
        const [get, post] = await Promise.all([send(ingress), send(ingress, { method: 'POST', body: 'x' })]);
        expect([get.body, post.body]).toEqual(['answer', 'answer']);
      }
      expect(process.memoryUsage().rss - memoryBefore).toBeLessThan(100 * mb);
      expect(ingress.inFlight).toBe(1005);

      const closed = Promise.all(sockets.map((socket) => socket.closed || once(socket.resume(), 'close')));
      const next = await startService((_, response) => response.end('next'));
      const switched = ingress.switchTo(to(next.port), { drainMs: 200 });
      expect((await send(ingress)).body).toBe('next');
      await switched;
      expect(ingress.inFlight).toBe(1005);
      await stop();
      await ingress.setInstances(traffic, 'web', []);
      await closed;
      await expect.poll(() => ingress.inFlight).toBe(0);
      await expect.poll(openSockets).toBeLessThan(socketsBefore + 10);
    },
  );
});
