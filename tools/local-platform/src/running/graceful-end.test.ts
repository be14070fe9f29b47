import type { App, Service } from '@odoobo/app-platform/spec';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ask, isGone, scalable, service } from '../testing/components.test.helper.js';
import { afterwards, eventually, type TestPlatform, testPlatform } from '../testing/platform.test.helper.js';
import { goodService, politeService } from '../testing/services.test.helper.js';

/** Long enough for a test on a busy machine; nothing of it waits for its end. */
const patient = { termination: { drain_seconds: 1, grace_period_seconds: 60 } };

const fragile = {
  liveness_health_check: {
    http_path: '/alive',
    initial_delay_seconds: 0,
    period_seconds: 1,
    failure_threshold: 2,
  },
};

async function specOf(test: TestPlatform, source: string, more: Partial<Service> = {}) {
  return { name: 'shop', services: [service('web', await test.image(source), { ...patient, ...more })] };
}

/** Requests in progress to a service, and how they end. */
interface UnderWay {
  /** Answered when the service was asked to end, and not before. */
  request: Promise<string>;
  stream: Promise<string>;
  /** The code that the WebSocket is closed with. */
  webSocket: Promise<number>;
}

/** Waits until the service has the request. */
function holds(test: TestPlatform, id: string): Promise<true> {
  return eventually(async () => ((await test.log(id, 'RUN')).includes('it holds one') ? true : undefined));
}

async function begin(test: TestPlatform, { id, live_url: url = '' }: App): Promise<UnderWay> {
  const webSocket = new WebSocket(url.replace('http', 'ws'));
  afterwards(async () => webSocket.terminate());
  await once(webSocket, 'open');
  const stream = await fetch(`${url}/stream`);
  const request = fetch(`${url}/held`, { method: 'POST' });
  await holds(test, id);
  return {
    request: request.then((answer) => answer.text()),
    stream: stream.text(),
    webSocket: once(webSocket, 'close').then(([code]) => code as number),
  };
}

async function expectFinished({ request, stream, webSocket }: UnderWay): Promise<void> {
  expect(await Promise.all([request, stream, webSocket])).toEqual(['finished', 'begun, ended', 1001]);
}

type End = (test: TestPlatform, app: App) => Promise<unknown>;

describe.each(
  process.env['NIGHTLY'] ? [{ ingressProcess: false }, { ingressProcess: true }] : [{ ingressProcess: true }],
)('requests in progress, %j,', (options) => {
  it.each<[string, Partial<Service>, End]>([
    ['a new version', {}, async (test, { id }) => test.redeploy(id, await specOf(test, goodService('two')))],
    [
      'fewer instances',
      { ...scalable, instance_count: 2 },
      async (test, { id, spec }) =>
        test.redeploy(id, {
          ...spec,
          services: spec.services?.map((web) => ({ ...web, instance_count: 1 })) ?? [],
        }),
    ],
    ['the end of the app', {}, (test, { id }) => test.call('DELETE', `/v2/apps/${id}`)],
    ['the end of the platform', {}, (test) => test.platform.close()],
    [
      'the end of the platform, where a new version has just replaced it',
      { termination: { drain_seconds: 60, grace_period_seconds: 60 } },
      async (test, { id }) => {
        expect(await test.redeploy(id, await specOf(test, goodService('two')))).toMatchObject({
          phase: 'ACTIVE',
        });
        await test.platform.close();
      },
    ],
    ['a restart, since it is not healthy any more', fragile, (_, app) => ask(app, '/sicken')],
  ])('are finished by the service in its grace period: %s', { timeout: 60_000 }, async (_, more, end) => {
    const test = await testPlatform(options);
    const app = await test.deploy(await specOf(test, politeService, more));
    const underWay = await begin(test, app);
    await Promise.all([end(test, app), expectFinished(underWay)]);
  });
});

describe('a service that does not end', () => {
  it(
    'finishes requests for drain_seconds and grace_period_seconds, and no longer',
    { timeout: 30_000 },
    async () => {
      const test = await testPlatform();
      const stubborn = `process.on('SIGTERM', () => undefined);\n${politeService.replace('SIGTERM', 'SIGUSR2')}`;
      const termination = { drain_seconds: 1, grace_period_seconds: 2 };
      const app = await test.deploy(await specOf(test, stubborn, { termination }));
      const underWay = await begin(test, app);
      await test.redeploy(app.id, await specOf(test, goodService('two')));
      const since = performance.now();
      expect(await underWay.request).toContain('was replaced before it answered');
      expect(await underWay.webSocket).toBe(1006);
      await expect(underWay.stream).rejects.toThrow('terminated');
      expect(performance.now() - since).toBeGreaterThan(2500);
    },
  );
});

describe('a service that is replaced twice in a row', () => {
  it('drains before it gets SIGTERM', async () => {
    const test = await testPlatform();
    const rude = politeService.replace('SIGTERM', 'SIGUSR2');
    const termination = { drain_seconds: 60, grace_period_seconds: 60 };
    const app = await test.deploy(await specOf(test, rude, { termination }));
    const { pid } = await ask(app);
    const held = fetch(`${app.live_url}/held`, { method: 'POST' });
    await holds(test, app.id);
    for (const version of ['two', 'three'])
      await test.redeploy(app.id, await specOf(test, goodService(version), { termination }));
    expect((await ask(app)).version).toBe('three');
    process.kill(pid, 'SIGUSR1');
    expect(await (await held).text()).toBe('released');
    await isGone(pid);
  });
});

describe('an app that is deleted', () => {
  it('refuses new requests at once, and is gone when no request is in progress', async () => {
    const test = await testPlatform();
    const termination = { drain_seconds: 60, grace_period_seconds: 60 };
    const app = await test.deploy(await specOf(test, politeService, { termination }));
    const url = app.live_url ?? '';
    const { pid } = await ask(app);
    const held = fetch(`${url}/held`, { method: 'POST' });
    await holds(test, app.id);
    await test.call('DELETE', `/v2/apps/${app.id}`);
    const refused = await eventually(async () => {
      const answer = await fetch(url);
      return answer.status === 503 ? answer : undefined;
    });
    expect(await refused.text()).toContain('is stopping');
    process.kill(pid, 'SIGUSR1');
    expect(await (await held).text()).toBe('released');
    await isGone(pid);
    await eventually(() =>
      fetch(url).then(
        () => undefined,
        () => true,
      ),
    );
  });

  it('frees its name for the next app, which gets its own address', async () => {
    const test = await testPlatform({ ingressProcess: true });
    const app = await test.deploy(await specOf(test, politeService));
    const underWay = await begin(test, app);
    await test.call('DELETE', `/v2/apps/${app.id}`);
    const next = await test.deploy(await specOf(test, goodService('two')));
    expect(next.live_url).not.toBe(app.live_url);
    await expectFinished(underWay);
    await eventually(() =>
      fetch(app.live_url ?? '').then(
        () => undefined,
        () => true,
      ),
    );
    expect((await ask(next)).version).toBe('two');
  });
});
