import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ask, service } from '../testing/components.test.helper.js';
import { eventually } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';
import { Autoscaled, between, load } from './autoscaled.test.helper.js';
import { steadyMs } from './steady-count.js';

/** Each answer takes 30 ms of a processor, or 200 ms of waiting. */
const busyService = `
  import { createServer } from 'node:http';
  createServer((request, response) => {
    if (request.url === '/slow') return void setTimeout(() => response.end('slow'), 200);
    if (request.url === '/busy') for (const end = performance.now() + 30; performance.now() < end;);
    response.end('done');
  }).listen(process.env.PORT, process.env.HOST);
  process.on('SIGTERM', () => process.exit(0));
`;

it.each([
  ['cpu', { cpu: { percent: 10 } }, '/busy'],
  ['request_duration', { request_duration: { p95_milliseconds: 50 } }, '/slow'],
] as const)('is scaled by %s', { timeout: 60_000 }, async (metric, metrics, path) => {
  const scaled = await Autoscaled.start();
  const web = service('web', await scaled.test.image(busyService), between(1, 3, metrics));
  const app = await scaled.test.deploy({ name: 'shop', services: [web] });
  await scaled.period();
  await scaled.period();
  expect(await scaled.instances(app)).toHaveLength(1);
  const busy = load(app, 50, path);
  // A busy machine may give the service no processor for a while.
  while ((await scaled.instances(app)).length === 1) await scaled.period();
  expect(await scaled.instances(app)).toContain('web-1');
  expect(await busy.stop()).toEqual([200]);
  expect((await scaled.events(app)).at(-1)).toContain(`"triggering_metric":"${metric}"`);
});

it('says so where an instance does not start, and what runs goes on', async () => {
  const scaled = await Autoscaled.start();
  const flag = join(scaled.test.directory, 'fails');
  const source = `import { existsSync } from 'node:fs'; if (existsSync(process.env.FLAG)) process.exit(7); ${goodService('one').replace('import', ';import')}`;
  const web = service('web', await scaled.test.image(source), {
    ...between(1, 2, { requests_per_second: { per_instance: 5 } }),
    envs: [{ key: 'FLAG', value: flag }],
  });
  const app = await scaled.test.deploy({ name: 'shop', services: [web] });
  await writeFile(flag, '');
  await scaled.period();
  const busy = load(app, 50);
  await scaled.period();
  const failed = await eventually(async () =>
    (await scaled.events(app)).find((one) => one.startsWith('FAILED')),
  );
  expect(failed).toContain('"from":1,"to":2');
  await scaled.period();
  expect(await scaled.events(app)).toHaveLength(1);
  expect(await scaled.instances(app)).toEqual(['web-0']);
  expect(await busy.stop()).toEqual([200]);
  expect(await scaled.test.log(app.id, 'DEPLOY')).toMatch(/autoscaling to 2 instances ended with 1: .*7/);
});

it('leaves by draining: a request in progress is answered by the instance that has it', async () => {
  const scaled = await Autoscaled.start();
  const slow = goodService('one').replace(
    "if (request.url === '/exit')",
    "if (request.url === '/slow') return void setTimeout(() => response.end('slow'), 700); if (request.url === '/exit')",
  );
  // It ends at once when it is asked to: only draining saves its requests.
  const hasty = slow.replace('server.close(() => process.exit(0))', 'process.exit(0)');
  const more = {
    ...between(1, 2, { requests_per_second: { per_instance: 5 } }),
    termination: { drain_seconds: 5 },
  };
  const app = await scaled.test.deploy({
    name: 'shop',
    services: [service('web', await scaled.test.image(hasty), more)],
  });
  await scaled.period();
  const busy = load(app, 50);
  await scaled.period();
  await scaled.settled(app, 2);
  expect(await busy.stop()).toEqual([200]);
  await scaled.period();
  const slowly = Array.from({ length: 6 }, async () => (await fetch(`${app.live_url}/slow`)).text());
  await scaled.period(steadyMs);
  await scaled.settled(app, 1);
  expect(new Set(await Promise.all(slowly))).toEqual(new Set(['slow']));
});

it('keeps its number of instances over a deployment', async () => {
  const scaled = await Autoscaled.start();
  const autoscaled = between(1, 2, { requests_per_second: { per_instance: 5 } });
  const spec = (digest: string) => ({ name: 'shop', services: [service('web', digest, autoscaled)] });
  const app = await scaled.test.deploy(spec(await scaled.test.image(goodService('one'))));
  await scaled.period();
  const busy = load(app, 50);
  await scaled.period();
  await scaled.settled(app, 2);
  await scaled.test.redeploy(app.id, spec(await scaled.test.image(goodService('two'))));
  expect(await scaled.instances(app)).toEqual(['web-0', 'web-1']);
  expect((await ask(app)).version).toBe('two');
  expect(await busy.stop()).toEqual([200]);
});
