import { openIngress } from '@odoobo/ingress';
import { freePort } from '@odoobo/machine/network';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RouterConfigInput } from './config.js';
import { statePath } from './control.js';
import { failed, type Load, sentBack, startLoad } from './load.test.helper.js';
import { kill, listening, type Started } from './program.test.helper.js';
import { answering, secret, send } from './router.test.helper.js';
import type { RouterState } from './state.js';

const timeout = 120_000;

/** A service in a process of its own. */
async function startCanary(port: number): Promise<ChildProcess> {
  const source = `
    require('node:http').createServer((request, response) => request.on('end', () => response.end('canary')).resume())
      .listen(${port}, '127.0.0.1', () => console.log('listening'));`;
  const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

function env(config: RouterConfigInput, port?: number): Record<string, string> {
  return { ROUTER_CONFIG: JSON.stringify(config), ...(port !== undefined && { PORT: String(port) }) };
}

async function stateOf(to: { port: number }): Promise<RouterState> {
  const answer = await send(to, { path: statePath, headers: { authorization: `Bearer ${secret}` } });
  return JSON.parse(answer.body) as RouterState;
}

function loadOn(to: { port: number }): Load {
  const load = startLoad(to);
  onTestFinished(() => load.stop());
  return load;
}

const twoSteps: RouterConfigInput['steps'] = [
  { weight: 20, requests: 50 },
  { weight: 50, for: '1h' },
];

describe('kill -9', { timeout }, () => {
  it('of a lone router: it begins again, and leaves the clients of the canary where they are', async () => {
    const config = {
      rollout: 'one',
      live: await answering('live'),
      canary: await answering('canary'),
      steps: twoSteps,
    };
    const first = await listening(env(config));
    const load = loadOn(first);
    await expect.poll(async () => (await stateOf(first)).step?.index, { timeout: 20_000 }).toBe(1);
    await load.more(500);
    await kill(first);
    const before = failed(load.seen).length;
    const again = await listening(env(config, first.port));
    expect((await stateOf(again)).step?.index).toBe(0);
    await load.more(500);
    await load.stop();
    // Nobody answers between its end and its start. Then every client is served.
    const after = load.seen.slice(-400);
    expect(failed(after)).toEqual([]);
    expect(failed(load.seen).length).toBeGreaterThanOrEqual(before);
    expect(sentBack(load.seen)).toEqual([]);
    expect(load.seen.some(({ body }) => body === 'canary')).toBe(true);
  });

  it('of one of three routers: no GET is lost, no client is sent back, and it takes the step over', async () => {
    const platform = await openIngress({ port: 0, app: 'shop' });
    onTestFinished(() => platform.close());
    const config = {
      rollout: 'one',
      live: await answering('live'),
      canary: await answering('canary'),
      steps: twoSteps,
      peers: platform.url,
      routers: 3,
    };
    const routers: Started[] = await Promise.all([1, 2, 3].map(() => listening(env(config))));
    const component = 'router';
    await platform.switchTo(
      {
        deployment: 'one',
        rules: [{ path: { prefix: '/' }, to: { component, preservePathPrefix: true } }],
        components: new Map([[component, { ports: routers.map(({ port }) => port) }]]),
      },
      { drainMs: 0 },
    );
    const load = loadOn(platform);
    for (const one of routers)
      await expect.poll(async () => (await stateOf(one)).step?.index, { timeout: 30_000 }).toBe(1);
    const [victim] = routers as [Started];
    for (let time = 0; time < 3; time++) {
      await kill(time === 0 ? victim : (routers[0] as Started));
      await load.more(300);
      routers[0] = await listening(env(config, victim.port));
      // From its first request on.
      expect((await stateOf(routers[0])).step).toMatchObject({ index: 1, of: 2 });
      await load.more(300);
    }
    await load.stop();
    const lost = failed(load.seen);
    expect(lost.filter(({ method }) => method === 'GET')).toEqual([]);
    // A POST that a killed router had in its hands may have been done: it is answered with 502, and never repeated.
    expect(lost.every(({ status }) => status === 502)).toBe(true);
    expect(lost.length).toBeLessThanOrEqual(3 * 6);
    expect(sentBack(load.seen)).toEqual([]);
  });

  it('of the canary: no GET is lost, live takes over, and the canary is out', async () => {
    const port = await freePort();
    const canary = await startCanary(port);
    const config = {
      rollout: 'one',
      live: await answering('live'),
      canary: `http://127.0.0.1:${port}`,
      steps: twoSteps,
    };
    const router = await listening(env(config));
    const load = loadOn(router);
    await expect.poll(async () => (await stateOf(router)).step?.index, { timeout: 20_000 }).toBe(1);
    await load.more(300);
    canary.kill('SIGKILL');
    await expect.poll(async () => (await stateOf(router)).phase, { timeout: 20_000 }).toBe('out');
    await load.more(300);
    await load.stop();
    const lost = failed(load.seen);
    expect(lost.filter(({ method }) => method === 'GET')).toEqual([]);
    // The POSTs that the canary had in its hands.
    expect(lost.length).toBeLessThanOrEqual(6);
    expect(load.seen.slice(-200).every(({ body }) => body === 'live')).toBe(true);
  });
});
