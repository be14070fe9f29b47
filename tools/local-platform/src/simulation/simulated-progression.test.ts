import type { App } from '@odoobo/app-platform/spec';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, specOf, type TestPlatform, testPlatform } from '../testing/platform.test.helper.js';
import { TurnedClock } from '../testing/turned-clock.test.helper.js';
import type { Simulation } from './simulation.js';

const [one, two] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];

function start(simulate: Simulation, clock?: TurnedClock): Promise<TestPlatform> {
  return testPlatform({ progression: { simulate }, ...(clock && { clock }) });
}

/** What the live service answers on its health path. */
async function ask(app: App): Promise<{ status: number; body: unknown }> {
  const reply = await fetch(new URL('/health', app.live_url));
  return { status: reply.status, body: await reply.json() };
}

describe('a simulated deployment', () => {
  it('builds and deploys for the given time, and is then live', async () => {
    const clock = new TurnedClock();
    const test = await start({ buildMs: 1000, deployMs: 2000 }, clock);
    const { id } = await test.create(specOf('shop', one));
    const phase = async () => {
      const app = await test.app(id);
      return (app.pending_deployment ?? app.in_progress_deployment ?? app.active_deployment)?.phase;
    };
    const sleeps = (expected: string) =>
      eventually(async () => ((await phase()) === expected && clock.asleep === 1 ? true : undefined));
    await sleeps('BUILDING');
    clock.turn(999);
    await sleeps('BUILDING');
    clock.turn(1);
    await sleeps('DEPLOYING');
    clock.turn(1999);
    await sleeps('DEPLOYING');
    expect((await test.app(id)).live_url).toBeUndefined();
    clock.turn(1);
    const app = await test.settled(id);
    expect(app.active_deployment).toMatchObject({
      phase: 'ACTIVE',
      progress: { success_steps: 6, total_steps: 6 },
    });
  });

  it('answers at a URL of its own with the artefact that is live', async () => {
    const test = await start({});
    const [shop, till] = await Promise.all([
      test.deploy(specOf('shop', one)),
      test.deploy(specOf('till', one)),
    ]);
    expect(shop.live_url).not.toBe(till.live_url);
    const { id: deployment } = await test.redeploy(shop.id, specOf('shop', two));
    const again = await test.app(shop.id);
    expect(again.live_url).toBe(shop.live_url);
    expect(await ask(again)).toEqual({ status: 200, body: { status: 'healthy', deployment, digest: two } });
    expect((await ask(till)).body).toMatchObject({ digest: one });
  });

  it('takes its time to answer, and its requests are in the metrics', async () => {
    const test = await start({ answerMs: () => 50 });
    const shop = await test.deploy(specOf('shop', one));
    const began = performance.now();
    await ask(shop);
    expect(performance.now() - began).toBeGreaterThanOrEqual(49);
    const headers = { authorization: `Bearer ${test.platform.token}` };
    const text = await (await fetch(`${test.platform.url}/metrics`, { headers })).text();
    expect(text).toContain('\napp_requests_total{status="2xx",app="shop",component="web"} 1\n');
    const below = /_bucket\{le="([\d.]+)",app="shop",component="web"\} 0\n/.exec(text)?.[1];
    expect(Number(below)).toBeGreaterThan(0.045);
  });

  it.each([
    ['BUILDING', 'BuildJobExitNonZero', 'BUILD'],
    ['DEPLOYING', 'DeployContainerHealthChecksFailed', 'DEPLOY'],
  ] as const)('fails in %s on request; the previous version keeps serving', async (failsIn, code, log) => {
    const test = await start(({ services }) => (services?.[0]?.image?.digest === two ? { failsIn } : {}));
    const app = await test.deploy(specOf('shop', one));
    const failed = await test.redeploy(app.id, specOf('shop', two));
    expect(failed.phase).toBe('ERROR');
    expect(JSON.stringify(failed.progress)).toContain(code);
    expect(await test.log(app.id, log, failed.id)).toContain('The simulation made its');
    expect((await ask(app)).body).toMatchObject({ digest: one });
  });

  it('is superseded by the next one, and can be cancelled', async () => {
    const clock = new TurnedClock();
    const test = await start({ buildMs: 1000 }, clock);
    const { id, pending_deployment: first } = await test.create(specOf('shop', one));
    await test.call('PUT', `/v2/apps/${id}`, { spec: specOf('shop', two) });
    expect((await test.deployment(id, first?.id ?? '')).phase).toBe('CANCELED');
    const second = await eventually(async () => {
      const { in_progress_deployment: deployment } = await test.app(id);
      return deployment?.phase === 'BUILDING' && clock.asleep === 1 ? deployment : undefined;
    });
    await test.call('POST', `/v2/apps/${id}/deployments/${second.id}/cancel`);
    expect((await test.deployment(id, second.id)).phase).toBe('CANCELED');
    expect(clock.asleep).toBe(0);
  });

  it('ends with its app and with the platform, and leaves nothing on the disk', async () => {
    const test = await start({});
    const app = await test.deploy(specOf('shop', one));
    const kept = await test.deploy(specOf('till', one));
    await test.call('DELETE', `/v2/apps/${app.id}`);
    await expect(ask(app)).rejects.toThrow('fetch failed');
    expect(await readdir(join(test.directory, 'apps')).catch(() => [])).toEqual([]);
    await test.platform.close();
    await expect(ask(kept)).rejects.toThrow('fetch failed');
  });
});

if (process.env['NIGHTLY']) {
  it('three hundred apps go live at once', async () => {
    const test = await start({ buildMs: 5, deployMs: 5 });
    const apps = await Promise.all(
      Array.from({ length: 300 }, (_, index) => test.create(specOf(`app-${index}`, one))),
    );
    const live = await Promise.all(apps.map(({ id }) => test.settled(id)));
    expect(new Set(live.map(({ live_url: url }) => url)).size).toBe(300);
  });
}
