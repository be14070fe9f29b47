import { freePort } from '@odoobo/machine/network';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Ingress } from './ingress.js';
import { openRaw, send, startIngress, startService, to } from './ingress.test.helper.js';
import type { Traffic } from './traffic.js';

interface Fleet {
  traffic: Traffic;
  ingress: Ingress;
  ports: number[];
  /** Requests that each has had. */
  counts: number[];
  /** Lets go the requests for /wait. */
  release: () => void;
}

/** An ingress to instances that answer with their number; /wait is answered only on `release`. */
async function startFleet(size: number): Promise<Fleet> {
  const counts = Array.from({ length: size }, () => 0);
  const waiting: (() => void)[] = [];
  const ports = await Promise.all(
    counts.map(async (_, index) => {
      const { port } = await startService((request, response) => {
        counts[index]!++;
        const answer = (): void => void response.end(String(index));
        if (request.url === '/wait') waiting.push(answer);
        else answer();
      });
      return port;
    }),
  );
  const ingress = await startIngress();
  const traffic = to(...ports);
  await ingress.switchTo(traffic, { drainMs: 0 });
  return { ingress, traffic, ports, counts, release: () => waiting.splice(0).forEach((answer) => answer()) };
}

/** A port that no one listens on. */
const closedPort = (): Promise<number> => freePort();

describe('several instances', () => {
  it('take turns', async () => {
    const { ingress, counts } = await startFleet(3);
    for (let i = 0; i < 9; i++) await send(ingress);
    expect(counts).toEqual([3, 3, 3]);
  });

  it('get fewer requests while they are busier than others', async () => {
    const { ingress, counts, release } = await startFleet(2);
    const slow = send(ingress, { path: '/wait' });
    await expect.poll(() => counts[0]! + counts[1]!).toBe(1);
    const busy = counts.indexOf(1);
    for (let i = 0; i < 5; i++) await send(ingress);
    expect(counts[busy]).toBe(1);
    expect(counts[1 - busy]).toBe(5);
    release();
    expect((await slow).body).toBe(String(busy));
  });

  it.each(['GET', 'POST', 'DELETE'])('of which some are gone lose no %s request', async (method) => {
    const { ingress, traffic, ports } = await startFleet(1);
    await ingress.setInstances(traffic, 'web', [await closedPort(), ...ports, await closedPort()]);
    const body = method === 'GET' ? {} : { body: 'x'.repeat(100_000) };
    for (let i = 0; i < 6; i++)
      expect(await send(ingress, { method, ...body })).toMatchObject({ status: 200 });
  });

  it('of which some are gone lose no WebSocket', async () => {
    const { port, server } = await startService(() => undefined);
    server.on('upgrade', (_, socket) =>
      socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nhi'),
    );
    const ingress = await startIngress();
    await ingress.switchTo(to(await closedPort(), port, await closedPort()), { drainMs: 0 });
    for (let i = 0; i < 6; i++) {
      const { socket, received } = openRaw(ingress);
      socket.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
      await once(socket, 'close');
      expect(received()).toMatch(/^HTTP\/1\.1 101 [^]*hi$/);
    }
    await expect.poll(() => ingress.inFlight).toBe(0);
  });

  it('lose no GET and repeat no POST if one closes the connection', async () => {
    const broken = await startService((request) => request.socket.destroy());
    const { ingress, traffic, ports, counts } = await startFleet(1);
    await ingress.setInstances(traffic, 'web', [broken.port, ...ports]);
    for (let i = 0; i < 4; i++) expect((await send(ingress)).status).toBe(200);
    expect(counts).toEqual([4]);
    const posts = [];
    for (let i = 0; i < 4; i++) posts.push((await send(ingress, { method: 'POST', body: 'x' })).status);
    expect(posts.filter((status) => status === 502)).toHaveLength(2);
    expect(counts).toEqual([6]);
  });

  it('answer 502 when none of them listens', async () => {
    const ingress = await startIngress();
    await ingress.switchTo(to(await closedPort(), await closedPort()), { drainMs: 0 });
    expect(await send(ingress, { method: 'POST', body: 'x' })).toMatchObject({
      status: 502,
      body: expect.stringContaining('no longer listens'),
    });
  });
});

describe('an instance', () => {
  it('that leaves gets no new requests, and its own are retried elsewhere if that is safe', async () => {
    const { ingress, traffic, ports, counts, release } = await startFleet(2);
    const get = send(ingress, { path: '/wait' });
    await expect.poll(() => counts[0]! + counts[1]!).toBe(1);
    const leaving = counts.indexOf(1);
    await ingress.setInstances(traffic, 'web', [ports[1 - leaving]!]);
    await expect.poll(() => counts[1 - leaving]).toBe(1);
    const post = send(ingress, { path: '/wait', method: 'POST', body: 'x' });
    await expect.poll(() => counts[1 - leaving]).toBe(2);
    release();
    expect([(await get).body, (await post).body]).toEqual([String(1 - leaving), String(1 - leaving)]);
    expect(counts[leaving]).toBe(1);
  });

  it('that leaves closes its WebSockets and requests that must not be repeated', async () => {
    const { ingress, traffic, counts } = await startFleet(1);
    const post = send(ingress, { path: '/wait', method: 'POST', body: 'x' });
    await expect.poll(() => counts[0]).toBe(1);
    await ingress.setInstances(traffic, 'web', []);
    expect((await post).status).toBe(503);
    expect(ingress.inFlight).toBe(0);
  });

  it('that comes back gets requests, and one that stays keeps its connections', async () => {
    const { ingress, traffic, ports, counts } = await startFleet(2);
    await ingress.setInstances(traffic, 'web', [ports[0]!]);
    const { socket, received } = openRaw(ingress);
    socket.write('GET /wait HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    await expect.poll(() => counts[0]).toBe(1);
    await ingress.setInstances(traffic, 'web', ports);
    expect((await send(ingress)).body).toBe('1');
    expect(ingress.inFlight).toBe(1);
    expect(received()).toBe('');
    socket.destroy();
    await once(socket, 'close');
    await expect.poll(() => ingress.inFlight).toBe(0);
  });

  it('of no component of the live traffic is refused', async () => {
    const { ingress, traffic } = await startFleet(1);
    await expect(ingress.setInstances(traffic, 'other', [1])).rejects.toThrow('no component "other"');
  });
});
