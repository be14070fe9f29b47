import { expect, it } from 'vitest';
import { service } from '../testing/components.test.helper.js';
import { eventually } from '../testing/platform.test.helper.js';
import { Autoscaled, between, load } from './autoscaled.test.helper.js';

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
  ['cpu', { cpu: { percent: 20 } }, '/busy'],
  ['request_duration', { request_duration: { p95_milliseconds: 50 } }, '/slow'],
] as const)('is scaled by %s', { timeout: 60_000 }, async (metric, metrics, path) => {
  const scaled = await Autoscaled.start();
  const web = service('web', await scaled.test.image(busyService), between(1, 3, metrics));
  const app = await scaled.test.deploy({ name: 'shop', services: [web] });
  await scaled.period();
  await scaled.period();
  expect(await scaled.instances(app)).toHaveLength(1);
  const busy = load(app, 50, path);
  await scaled.period();
  await scaled.period();
  const names = await eventually(async () => {
    const all = await scaled.instances(app);
    return all.length > 1 ? all : undefined;
  });
  expect(names).toContain('web-1');
  expect(await busy.stop()).toEqual([200]);
  expect((await scaled.events(app)).at(-1)).toContain(`"triggering_metric":"${metric}"`);
});
