import { afterAll, beforeAll, expect, it } from 'vitest';
import { atNight, firstByDay } from './support/at-night.js';
import { until } from './support/poll.js';
import { runningServices } from './support/processes.js';
import { statusesDuring } from './support/traffic.js';
import { Workspace } from './support/workspace.js';

let workspace: Workspace;

beforeAll(async () => {
  workspace = await Workspace.create({ shop: {} });
  // The smallest size allows one instance only.
  await changeSpec('apps-s-1vcpu-0.5gb', 'apps-s-1vcpu-1gb');
  await workspace.setUp(['deploy', 'shop']);
});
afterAll(() => workspace.close());

async function changeSpec(before: string, after: string): Promise<void> {
  const file = 'infra/do-gradient/shop/app-spec.yaml';
  await workspace.write(file, (await workspace.read(file)).replace(before, after));
}

const instances = async () => (await runningServices(workspace.root)).map(({ pid }) => pid);

/** Runs Nx while a client sends requests. @returns what it printed, and the statuses of all answers */
async function underRequests(args: string[]): Promise<{ output: string; statuses: Set<number> }> {
  const run = workspace.nx(args);
  const statuses = await statusesDuring((await workspace.status('shop'))['url'] ?? '', run);
  return { output: (await run).output, statuses };
}

it('scale changes how many instances are live, and answers every request meanwhile', async () => {
  const { output, statuses } = await underRequests(['scale', 'shop', '--instances=3']);
  expect(output).toMatch(/shop +scaled .*\n +shop: 3 x apps-s-\S+ instead of 1 x apps-s-/);
  expect(statuses).toEqual(new Set([200]));
  await until('three processes', async () => (await instances()).length === 3);
  expect(await workspace.status('shop')).toMatchObject({ status: 'completed', deployment_status: 'SCALED' });
});

it('deploy keeps that for the next version, and says so before it begins', async () => {
  await workspace.change('shop', { says: 'two' });
  const plan = await workspace.warm(['plan', 'shop']);
  expect(plan.output).toMatch(/3 x apps-s-\S+ of shop, set by scale \(App Spec: 1 x apps-s-/);
  const { exitCode } = await workspace.warm(['deploy', 'shop']);
  expect(exitCode).toBe(0);
  expect(await (await fetch((await workspace.status('shop'))['url'] ?? '')).text()).toBe('two');
  await until('three processes', async () => (await instances()).length === 3);
});

it('restart starts each instance anew, and answers every request meanwhile', async () => {
  const before = await instances();
  const { output, statuses } = await underRequests(['restart', 'shop']);
  expect(output).toMatch(/shop +restarted /);
  expect(statuses).toEqual(new Set([200]));
  await until('three processes', async () => (await instances()).length === 3);
  expect((await instances()).filter((one) => before.includes(one))).toEqual([]);
});

it('an App Spec that says another number wins', async () => {
  await changeSpec('apps-s-1vcpu-1gb', 'apps-s-1vcpu-1gb\n    instance_count: 2');
  await workspace.setUp(['deploy', 'shop']);
  await until('two processes', async () => (await instances()).length === 2);
});

it('scale --scheduled applies what holds by the schedule in the manifest, once', async () => {
  const file = 'skills/shop/skill.json';
  const manifest = JSON.parse(await workspace.read(file)) as object;
  const scale = [{ cron: '* * * * *', zone: 'Europe/Berlin', instances: 3 }];
  const load = { requestsPerSecond: 120, perInstance: { 'apps-s-1vcpu-1gb': 50 } };
  await workspace.write(file, JSON.stringify({ ...manifest, scale, load }));
  const { output } = await workspace.nx(['run-many', '-t', 'scale', '--scheduled']);
  expect(output).toMatch(/shop +scaled /);
  expect((await workspace.warm(['scale', '--scheduled'])).output).toContain(
    'Nothing to scale: 1 skill unchanged.',
  );
  await until('three processes', async () => (await instances()).length === 3);
});

atNight(() => {
  it('the local platform applies the schedule by itself, once it was deployed with it', async () => {
    await workspace.nx(['scale', 'shop', '--instances=2']);
    await until('two processes', async () => (await instances()).length === 2);
    const plan = await workspace.nx(['plan', 'shop']);
    expect(plan.output).toMatch(/the schedule costs \$12\.00 more a month/);
    expect(plan.output).toContain('need 3 x apps-s-1vcpu-1gb, $36.00 a month; the App Spec has 2, too few');
    await workspace.nx(['deploy', 'shop']);
    await until('three processes', async () => (await instances()).length === 3);
  });
});

const refused: readonly [string[], string][] = [
  [['scale', 'shop', '--size=apps-s-1vcpu-0.5gb'], 'apps-s-1vcpu-0.5gb allows one instance only'],
  [['scale', 'shop'], 'expected a size: instances, size, or min and max. Such as --instances=3'],
  [['scale', 'shop', '--instances=2', '--max=4'], 'instances and min or max contradict each other'],
  [['scale', 'shop', '--min=4', '--max=2'], 'min 4 is more than max 2'],
  [['scale', 'shop', '--instances=2', '--component=api'], 'shop has no service or worker "api", but shop'],
  [['scale', 'shop', '--size=huge'], 'instance_size_slug'],
  [['scale', 'shop', '--max=4'], 'autoscaling needs a dedicated size'],
];

it.each(firstByDay(refused))('%j changes nothing', async (args, message) => {
  const before = await instances();
  const { exitCode, output } = await workspace.warm(args);
  expect(output).toContain(message);
  expect(exitCode).toBe(1);
  expect(await instances()).toEqual(before);
});
