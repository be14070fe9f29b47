import { join } from 'node:path';
import { expect, it } from 'vitest';
import { builtComponents } from '../deployments/components.js';
import type { UsageAnswer } from '../page/answers.js';
import { startGroup } from '../process/process-group.js';
import { ask, service } from '../testing/components.test.helper.js';
import {
  afterwards,
  eventually,
  noDigest,
  temporaryFolder,
  testPlatform,
} from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';
import { UsageHistory } from './usage-history.js';

it('has one point per step for each instance: CPU as a share of its size, and memory', async () => {
  const directory = await temporaryFolder();
  const group = await startGroup({
    command: [process.execPath, '-e', 'for (;;);'],
    cwd: directory,
    env: {},
    output: join(directory, 'run.log'),
  });
  afterwards(() => group.stop({ graceMs: 0 }));
  const web = service('web', noDigest, { instance_size_slug: 'apps-s-1vcpu-0.5gb' });
  const instances = builtComponents({ name: 'shop', services: [web] }).map((component) => {
    return { name: 'web-0', group, component: { name: 'web', component } };
  });
  const live = new Map([['app', { run: { instances } }]]);
  const history = new UsageHistory(
    () => live,
    { get: () => undefined },
    () => undefined,
    100,
  );
  history.start();
  afterwards(() => history.close());
  const [usage] = await eventually(() => {
    const all = history.of('app');
    return all[0]?.points.some(({ cpuPercent }) => (cpuPercent ?? 0) > 10) ? all : undefined;
  });
  const last = usage?.points.at(-1);
  expect(usage).toMatchObject({ component: 'web', instance: 'web-0' });
  expect(usage?.points[0]).toMatchObject({ cpuPercent: null, restarts: 0 });
  expect(last?.memoryBytes).toBeGreaterThan(10_000_000);
  expect(last?.memoryPercent).toBeCloseTo(((last?.memoryBytes ?? 0) / (512 * 2 ** 20)) * 100);
  expect(last?.at).toBeLessThanOrEqual(Date.now());
  live.clear();
  await eventually(() => (history.of('app').length === 0 ? true : undefined));
});

interface Metric {
  status: string;
  data: { resultType: string; result: { metric: object; values: [number, string][] }[] };
}

it("is served to the page, and by App Platform's monitoring operations", async () => {
  const test = await testPlatform();
  const web = service('web', await test.image(goodService('one')));
  const app = await test.deploy({ name: 'shop', services: [web] });
  const { pid } = await ask(app);
  process.kill(pid, 'SIGSEGV');
  const usage = await eventually(async () => {
    const { body } = await test.call<UsageAnswer>('GET', `/page/apps/${app.id}/usage`);
    return body.components[0]?.memoryBytes.some((bytes) => bytes !== null) ? body : undefined;
  }, 40_000);
  expect(usage.stepMs).toBe(15_000);
  expect(usage.components.map(({ component }) => component)).toEqual(['web']);

  const range = `start=0&end=${Math.ceil(Date.now() / 1000)}`;
  const read = async (metric: string, more = range) =>
    (await test.call<Metric>('GET', `/v2/monitoring/metrics/apps/${metric}?app_id=${app.id}&${more}`)).body;
  const memory = await read('memory_percentage');
  expect(memory).toMatchObject({
    status: 'success',
    data: {
      resultType: 'matrix',
      result: [{ metric: { app_component: 'web', app_component_instance: 'web-0', app_uuid: app.id } }],
    },
  });
  expect(memory.data.result[0]?.values[0]?.[0]).toBeGreaterThan(1_600_000_000);
  expect(Number(memory.data.result[0]?.values[0]?.[1])).toBeGreaterThan(0);
  expect((await read('restart_count')).data.result[0]?.values.at(-1)?.[1]).toBe('1');
  expect((await read('cpu_percentage', `${range}&app_component=none`)).data.result).toEqual([]);
  expect((await read('cpu_percentage', 'start=0&end=1')).data.result[0]?.values).toEqual([]);
  expect((await test.call('GET', `/v2/monitoring/metrics/apps/cpu_percentage?app_id=${app.id}`)).status).toBe(
    400,
  );
}, 60_000);
