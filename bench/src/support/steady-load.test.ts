import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { type RequestKind, SteadyLoad } from './steady-load.js';

const kept: RequestKind = { name: 'kept', method: 'GET', path: '/', newConnection: false, perSecond: 100 };
const fresh: RequestKind = { ...kept, name: 'fresh', method: 'POST', body: 'x', newConnection: true };

async function startLoad(listener: RequestListener, kinds: RequestKind[]) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const load = new SteadyLoad({ url, kinds, accepts: (answer) => answer === 'good' });
  load.start('first');
  return { load, server };
}

it('counts as failed each response that is not 200, differs, or is cut off', async () => {
  let sent = 0;
  const { load } = await startLoad(
    (_, response) => {
      sent++;
      if (sent === 1) response.writeHead(502).end('good');
      else if (sent === 2) response.end('bad');
      else if (sent === 3) response.destroy();
      else response.end('good');
    },
    [kept],
  );
  await expect.poll(() => load.answered.length).toBeGreaterThan(5);
  await load.stop();
  const failures = load.answered.flatMap(({ failure }) => failure ?? []).sort();
  expect(failures).toEqual(['200 bad', '502 good', expect.stringContaining('other side closed')]);
});

it('counts new and kept connections apart, and the requests of each phase', async () => {
  const connections = new Map<string, Set<number | undefined>>();
  const { load } = await startLoad(
    (request, response) => {
      const method = request.method ?? '';
      connections.set(method, (connections.get(method) ?? new Set()).add(request.socket.remotePort));
      response.end('good');
    },
    [kept, fresh],
  );
  await expect.poll(() => load.answered.length).toBeGreaterThan(20);
  load.phase = 'second';
  await expect.poll(() => load.answered.filter(({ phase }) => phase === 'second').length).toBeGreaterThan(5);
  await load.stop();
  const posts = load.answered.filter(({ kind }) => kind === 'fresh').length;
  expect(connections.get('POST')?.size).toBe(posts);
  expect(connections.get('GET')?.size).toBeLessThan(posts / 2);
  expect(load.answered.every(({ failure }) => failure === undefined)).toBe(true);
});
