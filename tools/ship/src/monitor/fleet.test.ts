import { AppPlatformClient, type AppSpec } from '@odoobo/app-platform';
import { type Platform, startPlatform } from '@odoobo/local-platform';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { tempDirectory } from '../test-support/temp-directory.js';
import { Fleet } from './fleet.js';
import { monitorOptions } from './options.js';

const never = new AbortController().signal;

/** A fleet on another endpoint with the same API. */
async function fleetAt(url: string, token = 'token', interval = 1): Promise<Fleet> {
  const options = monitorOptions.parse({ environment: 'production', platformUrl: url, interval });
  const workspaceRoot = await tempDirectory();
  const env = { DIGITALOCEAN_ACCESS_TOKEN: token };
  return Fleet.open({ workspaceRoot, places: [], options, env });
}

async function simulatedPlatform(apps: number): Promise<Platform> {
  const directory = join(await tempDirectory(), 'platform');
  const platform = await startPlatform({ directory, progression: { simulate: {} } });
  onTestFinished(() => platform.close());
  const client = new AppPlatformClient(platform);
  const spec = (name: string): AppSpec => ({
    name,
    workers: [{ name: 'worker', image: { registry_type: 'DOCR', repository: name, tag: '1' } }],
  });
  await Promise.all(Array.from({ length: apps }, (_, index) => client.createApp(spec(`app-${index}`))));
  await client.close();
  return platform;
}

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A list of live apps whose health path is at `/<name>`. */
function appList(url: string, apps: number): string {
  const list = Array.from({ length: apps }, (_, index) => {
    const name = `app-${index}`;
    const spec = { name, services: [{ name: 'web', health_check: { http_path: `/${name}` } }] };
    return { id: name, spec, live_url: url, active_deployment: { id: `d-${name}`, phase: 'ACTIVE', spec } };
  });
  return JSON.stringify({ apps: list });
}

it.each([
  [3, 1],
  [201, 2],
])('reads %i apps in %i calls per check, and makes no other call', async (apps, calls) => {
  const platform = await simulatedPlatform(apps);
  const fleet = await fleetAt(platform.url, platform.token);
  const before = platform.requests.length;
  for (let look = 1; look <= 3; look += 1) {
    await fleet.look(never);
    expect(platform.requests.slice(before)).toEqual(Array(calls * look).fill('GET /v2/apps'));
  }
  expect(fleet.report().skills).toHaveLength(apps);
});

it('keeps the last state while the platform is gone, and updates it when the platform is back', async () => {
  const platform = await simulatedPlatform(1);
  const fleet = await fleetAt(platform.url, platform.token);
  await fleet.look(never);
  const { seenAt } = fleet.report();
  const port = Number(new URL(platform.url).port);
  await platform.close();
  await fleet.look(never);
  expect(fleet.report()).toMatchObject({ success: false, seenAt, skills: [{ skill: 'app-0' }] });
  expect(fleet.report().trouble).toContain(platform.url);
  const next = createServer((_, response) => response.end('{"apps":[]}')).listen(port, '127.0.0.1');
  onTestFinished(() => void next.close());
  await once(next, 'listening');
  await fleet.look(never);
  expect(fleet.report()).toMatchObject({ success: true, skills: [] });
}, 60_000);

it('asks at most 64 services at once, and each once', async () => {
  const held: (() => void)[] = [];
  const asked: string[] = [];
  let open = 0;
  let most = 0;
  const url: string = await serve((request, response) => {
    if (request.url?.startsWith('/v2/apps')) return response.end(appList(url, 100));
    asked.push(request.url ?? '');
    most = Math.max(most, (open += 1));
    held.push(() => {
      open -= 1;
      response.end('{"version":"2.0.0"}');
    });
    // Holds all replies until the maximum of parallel requests has arrived; then answers all.
    if (asked.length >= 64) for (const answer of held.splice(0)) answer();
    return undefined;
  });
  const fleet = await fleetAt(url, 'token', 3_600);
  await fleet.look(never);
  expect(most).toBe(64);
  expect(asked.length).toBe(new Set(asked).size);
  expect(fleet.report().summary).toMatchObject({ healthy: 100, unhealthy: 0 });
  expect(fleet.report().skills[0]?.health).toMatchObject({ status: 200, version: '2.0.0' });
});

it('waits for a hanging service for less than the interval', async () => {
  const url: string = await serve((request, response) => {
    if (request.url?.startsWith('/v2/apps')) response.end(appList(url, 1));
  });
  const fleet = await fleetAt(url);
  await fleet.look(never);
  expect(fleet.report().skills[0]?.health).toMatchObject({
    healthy: false,
    trouble: 'no answer within 0.8 s',
  });
});

it('shows a version with control characters as plain text', async () => {
  const body = JSON.stringify({ version: '1.0\u001b[2J\n!' });
  const url: string = await serve((request, response) => {
    response.end(request.url?.startsWith('/v2/apps') ? appList(url, 1) : body);
  });
  const fleet = await fleetAt(url);
  await fleet.look(never);
  expect(fleet.report().skills[0]?.health?.version).toBe('1.0 !');
});

it('ends at once when it is aborted, whatever hangs', async () => {
  const stop = new AbortController();
  const url: string = await serve((request, response) => {
    if (request.url?.startsWith('/v2/apps')) return response.end(appList(url, 100));
    return stop.abort(new Error('interrupted'));
  });
  const fleet = await fleetAt(url, 'token', 3_600);
  await expect(fleet.look(stop.signal)).rejects.toThrow('interrupted');
});

it('fails without a token', async () => {
  const workspaceRoot = await tempDirectory();
  const options = monitorOptions.parse({ environment: 'production' });
  const fleet = await Fleet.open({ workspaceRoot, places: [], options, env: {} });
  await expect(fleet.look(never)).rejects.toThrow('Set DIGITALOCEAN_ACCESS_TOKEN');
});

it('says how to start a local platform that is not running', async () => {
  const workspaceRoot = await tempDirectory();
  const fleet = await Fleet.open({
    workspaceRoot,
    places: [],
    options: monitorOptions.parse({}),
    env: {},
  });
  await fleet.look(never);
  expect(fleet.report().trouble).toContain('npx local-platform start');
});
