import type { AppSpec } from '@odoobo/app-platform/spec';
import { expect, it } from 'vitest';
import { ask, service, worker } from '../testing/components.test.helper.js';
import { ingressProcess } from '../testing/ingress-process.test.helper.js';
import { eventually } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';
import { asleep, Autoscaled, sleepsAfterMs, sleepy } from './autoscaled.test.helper.js';

it('does not sleep where another component has its own address', async () => {
  const scaled = await Autoscaled.start();
  const digest = await scaled.test.image(goodService('one'));
  const mail = worker('mail', await scaled.test.image('setInterval(() => undefined, 1000);'), {
    envs: [{ key: 'WEB', value: '${web.PRIVATE_URL}' }],
  });
  const app = await scaled.test.deploy({
    name: 'shop',
    services: [service('web', digest, sleepy)],
    workers: [mail],
  });
  await scaled.period();
  await scaled.period(sleepsAfterMs);
  await scaled.period();
  expect(await scaled.instances(app)).toEqual(['web-0', 'mail-0']);
});

it('still wakes after the process that serves the addresses was killed', { timeout: 60_000 }, async () => {
  const scaled = await Autoscaled.start({ ingressProcess: true });
  const { test } = scaled;
  const digest = await test.image(goodService('one'));
  const app = await test.deploy({ name: 'shop', services: [service('web', digest, sleepy)] });
  await asleep(scaled, app);
  const killed = await ingressProcess(test.directory);
  process.kill(killed.identity.pid, 'SIGKILL');
  await ingressProcess(test.directory, killed);
  // The new process listens a moment before it knows what is live.
  await eventually(async () => (await ask(app).catch(() => undefined))?.version);
  expect((await ask(app)).version).toBe('one');
  expect((await scaled.events(app)).filter((one) => one.includes('"from":0'))).toHaveLength(1);
});

it('is deployed awake, also while it sleeps', async () => {
  const scaled = await Autoscaled.start();
  const spec = (digest: string): AppSpec => ({ name: 'shop', services: [service('web', digest, sleepy)] });
  const app = await scaled.test.deploy(spec(await scaled.test.image(goodService('one'))));
  await asleep(scaled, app);
  const waiting = ask(app);
  await scaled.test.redeploy(app.id, spec(await scaled.test.image(goodService('two'))));
  expect(['one', 'two']).toContain((await waiting).version);
  expect((await ask(app)).version).toBe('two');
});

it('wakes behind a loading page, if its spec has one', async () => {
  const scaled = await Autoscaled.start();
  const sleep = { ...sleepy.inactivity_sleep, loading_page: { enabled: true } };
  const digest = await scaled.test.image(goodService('one'));
  const app = await scaled.test.deploy({
    name: 'shop',
    services: [service('web', digest, { inactivity_sleep: sleep })],
  });
  await asleep(scaled, app);
  const look = () => fetch(app.live_url ?? '', { headers: { accept: 'text/html' } });
  const first = await look();
  expect(first.status).toBe(503);
  expect(await first.text()).toContain('The service is starting.');
  const awake = await eventually(async () => ((await look()).ok ? true : undefined));
  expect(awake).toBe(true);
  expect((await scaled.events(app)).filter((one) => one.includes('"from":0'))).toHaveLength(1);
});
