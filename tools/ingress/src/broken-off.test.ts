import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openRaw, send, startBehind, startIngress, startService, to } from './ingress.test.helper.js';

describe('when a service or client closes the connection early', () => {
  it.each([{ 'content-length': 100 }, {}])(
    'disconnects the client if its service closed the connection within the response %j',
    async (headers) => {
      const { ingress } = await startBehind((request, response) => {
        response.writeHead(200, headers).write('part');
        setImmediate(() => request.socket.destroy());
      });
      await expect(send(ingress)).rejects.toThrow('aborted');
      expect(ingress.inFlight).toBe(0);
    },
  );

  it('repeats a GET once on another connection, and no more', async () => {
    let attempts = 0;
    const { ingress } = await startBehind((request, response) => {
      attempts++;
      if (request.url === '/never' || attempts === 1) request.socket.destroy();
      else response.end('second time');
    });
    expect(await send(ingress)).toMatchObject({ status: 200, body: 'second time' });
    attempts = 0;
    expect(await send(ingress, { path: '/never' })).toMatchObject({
      status: 502,
      body: expect.stringContaining('App \\"pr-review\\" closed the connection before it responded'),
    });
    expect(attempts).toBe(2);
  });

  it('repeats a GET on a new connection, however many of those kept alive are gone', async () => {
    const waiting: (() => void)[] = [];
    const known = new Set<unknown>();
    const { ingress } = await startBehind((request, response) => {
      if (known.size === 10) return known.has(request.socket) ? request.socket.destroy() : response.end();
      known.add(request.socket);
      waiting.push(() => response.end());
      if (known.size === 10) waiting.forEach((answer) => answer());
    });
    await Promise.all(Array.from({ length: 10 }, () => send(ingress)));
    expect((await send(ingress)).status).toBe(200);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('never repeats a %s', async (method) => {
    let attempts = 0;
    const { ingress } = await startBehind((request) => {
      attempts++;
      request.socket.destroy();
    });
    expect((await send(ingress, { method, body: 'x' })).status).toBe(502);
    expect((await send(ingress, { method })).status).toBe(502);
    expect(attempts).toBe(2);
  });

  it.each([
    ['on a connection kept alive, while the service has said that it keeps it', {}, 1],
    ['on a connection of its own, where the service does not say so', { connection: 'keep-alive' }, 4],
    ['on a connection of its own, where it keeps none for long', { 'keep-alive': 'timeout=0' }, 4],
  ])('sends a POST %s', async (_, headers, expected) => {
    const { ingress, server } = await startBehind((_, response) => response.writeHead(200, headers).end());
    let connections = 0;
    server.on('connection', () => connections++);
    for (let i = 0; i < 3; i++) await send(ingress);
    expect(connections).toBe(1);
    for (let i = 0; i < 3; i++) await send(ingress, { method: 'POST', body: 'x' });
    expect(connections).toBe(expected);
  });

  it('sends no POST on a kept connection once the service closed one before its time', async () => {
    const { ingress, server } = await startBehind((request, response) =>
      response.end(String(request.socket.remotePort)),
    );
    const first = await send(ingress);
    expect((await send(ingress, { method: 'POST', body: 'x' })).body).toBe(first.body);
    server.closeIdleConnections();
    const ports = new Set([first.body]);
    await expect.poll(async () => ports.add((await send(ingress)).body).size).toBe(2);
    ports.add((await send(ingress, { method: 'POST', body: 'x' })).body);
    ports.add((await send(ingress, { method: 'POST', body: 'x' })).body);
    expect(ports.size).toBe(4);
  });

  it('reports that nothing listens any more', async () => {
    const { ingress, server } = await startBehind((_, response) => response.end());
    server.close();
    expect(await send(ingress)).toMatchObject({
      status: 502,
      body: expect.stringContaining('no longer listens'),
    });
  });

  it('notifies the service when a client disconnects', async () => {
    const { port, server } = await startService(() => undefined);
    const ingress = await startIngress();
    await ingress.switchTo(to(port), { drainMs: 0 });
    const { socket } = openRaw(ingress);
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    const [, response] = await once(server, 'request');
    expect(ingress.inFlight).toBe(1);
    socket.destroy();
    await once(response, 'close');
    await expect.poll(() => ingress.inFlight).toBe(0);
  });
});

it('notifies the service when a client disconnects during its upload', async () => {
  const { ingress, server } = await startBehind((request) => request.resume());
  const { socket } = openRaw(ingress);
  socket.write('POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\npart');
  const [request] = await once(server, 'request');
  const aborted = once(request, 'error');
  socket.destroy();
  await expect(aborted).resolves.toMatchObject([{ code: 'ECONNRESET' }]);
  await expect.poll(() => ingress.inFlight).toBe(0);
});

describe('backpressure', () => {
  const CHUNK = Buffer.alloc(65_536);
  /** Far more than the kernel's and the ingress's buffers hold together. */
  const MUCH = 256 * 1024 * 1024;

  it('applies back-pressure to a service whose client does not read', async () => {
    let written = 0;
    const { ingress } = await startBehind((_, response) => {
      writeMuch(response, (bytes) => (written = bytes));
    });
    const request = httpRequest(ingress.url, { agent: false }).end();
    const [response] = await once(request, 'response');
    await stopsGrowing(() => written);
    expect(written).toBeLessThan(MUCH / 4);
    response.resume();
    // A busy machine takes its time; one that stops reading never gets there.
    await expect.poll(() => written, { timeout: 90_000 }).toBe(MUCH);
    request.destroy();
  }, 120_000);

  it('applies back-pressure to a client whose service does not read', async () => {
    const { ingress } = await startBehind((request) => request.pause());
    const request = httpRequest(ingress.url, { method: 'POST', agent: false });
    request.on('error', () => undefined);
    let written = 0;
    writeMuch(request, (bytes) => (written = bytes));
    await stopsGrowing(() => written);
    expect(written).toBeLessThan(MUCH / 4);
    request.destroy();
  });

  function writeMuch(to: Writable, onWritten: (bytes: number) => void): void {
    let written = 0;
    const more = (): void => {
      for (let room = true; room && written < MUCH; onWritten(written)) {
        room = to.write(CHUNK);
        written += CHUNK.length;
      }
    };
    to.on('drain', more);
    more();
  }

  /** Resolves when ten looks in a row, 20 ms apart, saw the same. */
  async function stopsGrowing(value: () => number): Promise<void> {
    let last = -1;
    let same = 0;
    await expect
      .poll(
        () => {
          same = value() === last ? same + 1 : 0;
          last = value();
          return same;
        },
        { interval: 20, timeout: 10_000 },
      )
      .toBeGreaterThan(10);
  }
});
