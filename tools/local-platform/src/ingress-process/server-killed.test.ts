import { isAlive, type ProcessIdentity } from '@odoobo/machine/process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { serverFolder } from '../testing/cli.test.helper.js';
import { keepAsking } from '../testing/components.test.helper.js';
import { ingressProcess, talkingService } from '../testing/ingress-process.test.helper.js';
import { afterwards, specOf } from '../testing/platform.test.helper.js';

/** How many requests are sent one after the other while no server controls the process. */
const meanwhile = 30;

async function post(url: string, path = '/'): Promise<string> {
  return (await fetch(`${url}${path}`, { method: 'POST', body: 'posted' })).text();
}

/** The processes of the services. */
async function services(directory: string): Promise<ProcessIdentity[]> {
  const run = join(directory, 'run');
  const files = (await readdir(run)).filter((name) => name.endsWith('.json'));
  const texts = await Promise.all(files.map((name) => readFile(join(run, name), 'utf8')));
  return texts.map((text) => (JSON.parse(text) as { identity: ProcessIdentity }).identity);
}

const release = (url: string): Promise<unknown> => fetch(`${url}/release`);

async function openWebSocket(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').setEncoding('latin1');
  afterwards(async () => void socket.destroy());
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
  expect(String((await once(socket, 'data'))[0])).toContain('101 Switching Protocols');
  return socket;
}

async function echo(socket: Socket, text: string): Promise<unknown> {
  socket.write(text);
  return (await once(socket, 'data'))[0];
}

/** Runs the built command line; it must be built first (`npx tsc -b`). */
it(
  'serves every request while the server is dead, and under the next servers',
  { timeout: 90_000 },
  async () => {
    const server = await serverFolder();
    await server.ensure();
    const [one, two] = [await server.image(talkingService('one')), await server.image(talkingService('two'))];
    // Until the test is over, a WebSocket of the version before may stay open.
    const more = { termination: { drain_seconds: 60, grace_period_seconds: 1 } };
    const { id } = await server.create(specOf('shop', one, more));
    const { live_url: url = '' } = await server.settled(id);
    const ingress = await ingressProcess(server.directory);
    const load = [keepAsking(url, 1), keepAsking(url, 1, { method: 'POST', body: 'posted' })];
    const socket = await openWebSocket(url);
    const held = [post(url, '/held'), fetch(`${url}/held`).then((answer) => answer.text())];
    expect(await post(url)).toBe('one posted');

    await server.killServer();
    for (let sent = 0; sent < meanwhile; sent++) expect(await post(url)).toBe('one posted');
    expect(await echo(socket, 'nobody drives')).toBe('nobody drives');
    await release(url);
    expect(await Promise.all(held)).toEqual(['one posted', 'one ']);

    const stillHeld = post(url, '/held');
    await server.ensure();
    expect(await echo(socket, 'taken over')).toBe('taken over');
    await release(url);
    expect(await stillHeld).toBe('one posted');
    const usage = `/v2/apps/${id}/metrics/bandwidth_daily?date=${new Date().toISOString()}`;
    const { app_bandwidth_usage: [used] = [] } = await server.call<{
      app_bandwidth_usage?: { bandwidth_bytes: string }[];
    }>('GET', usage);
    expect(Number(used?.bandwidth_bytes)).toBeGreaterThan(meanwhile * 'one posted'.length);
    await server.call('PUT', `/v2/apps/${id}`, { spec: specOf('shop', two, more) });
    await server.settled(id);
    expect(await post(url)).toBe('two posted');
    expect(await echo(socket, 'switched')).toBe('switched');

    await server.killServer();
    expect(await post(url)).toBe('two posted');
    for (const one of load) expect(await one.stop()).toEqual(new Set([200]));
    // It would keep its service for as long as its grace period.
    socket.destroy();
    expect(await ingressProcess(server.directory)).toEqual(ingress);
    const left = [ingress.identity, ...(await services(server.directory))];
    expect(left.length).toBeGreaterThan(1);
    expect((await server.run('stop')).stdout).toContain('are stopped');
    for (const identity of left) expect(await isAlive(identity)).toBe(false);
    expect((await readdir(server.directory)).filter((name) => /^ingress\.(json|sock)/.test(name))).toEqual(
      [],
    );
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  },
);
