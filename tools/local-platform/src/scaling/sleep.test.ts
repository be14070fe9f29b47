import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ask, isGone, service } from '../testing/components.test.helper.js';
import { eventually } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';
import { asleep, Autoscaled, sleepsAfterMs, sleepy } from './autoscaled.test.helper.js';

it('sleeps without requests; 100 at once wake it once, and all are answered', async () => {
  const scaled = await Autoscaled.start();
  const { test } = scaled;
  const digest = await test.image(goodService('one'));
  const app = await test.deploy({ name: 'shop', services: [service('web', digest, sleepy)] });
  const { pid } = await ask(app);
  await scaled.period(sleepsAfterMs);
  // It had a request since the last look.
  expect(await scaled.instances(app)).toEqual(['web-0']);
  await asleep(scaled, app);
  await isGone(pid);
  const answers = await Promise.all(
    Array.from({ length: 100 }, async (_, index) => {
      const response = await fetch(app.live_url ?? '', index % 2 ? { method: 'POST', body: 'x' } : {});
      return { status: response.status, pid: ((await response.json()) as { pid: number }).pid };
    }),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const [woken, ...others] = new Set(answers.map((one) => one.pid));
  expect(others).toEqual([]);
  expect(woken).not.toBe(pid);
  expect((await test.log(app.id, 'RUN')).match(/one is up/g)).toHaveLength(2);
  await eventually(async () => (await scaled.events(app))[0]?.startsWith('SUCCEEDED') || undefined);
  expect(await scaled.events(app)).toEqual([
    'SUCCEEDED {"web":{"from":0,"to":1,"triggering_metric":"scale_from_zero"}}',
    'SUCCEEDED {"web":{"from":1,"to":0,"triggering_metric":"scale_to_zero"}}',
  ]);
  // And so again.
  await asleep(scaled, app);
  expect((await ask(app)).version).toBe('one');
});

it('answers 503 with the reason when it does not wake, and tries again for the next request', async () => {
  const scaled = await Autoscaled.start();
  const flag = join(scaled.test.directory, 'fails');
  const source = `import { existsSync } from 'node:fs'; if (existsSync(process.env.FLAG)) process.exit(7); ${goodService('one')}`;
  const web = service('web', await scaled.test.image(source), {
    ...sleepy,
    envs: [{ key: 'FLAG', value: flag }],
  });
  const app = await scaled.test.deploy({ name: 'shop', services: [web] });
  await asleep(scaled, app);
  await writeFile(flag, '');
  const refused = await Promise.all([fetch(app.live_url ?? ''), fetch(app.live_url ?? '')]);
  for (const answer of refused) {
    expect(answer.status).toBe(503);
    expect(await answer.text()).toMatch(/was asleep and does not start: The service exited with code 7/);
  }
  await rm(flag);
  expect((await ask(app)).version).toBe('one');
  expect((await scaled.events(app)).some((one) => one.startsWith('FAILED'))).toBe(true);
});
