import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { until } from './support/poll.js';
import { Workspace } from './support/workspace.js';

// Waves on the local platform: a failure holds the later ones, and an interrupted run is taken up where it was.
let workspace: Workspace;
let seen: number;

const broken = 'overlay: { services: [{ name: shop, health_check: { http_path: /missing } }] }';

const placements = (soak: string) => `placements:
  - { name: one, environment: local, soak: ${soak} }
  - { name: two, environment: local, soak: ${soak} }
  - { name: three, environment: local, wave: 2 }
  - { name: four, environment: local, wave: 2 }
  - { name: five, environment: local, wave: 3 }
`;

beforeAll(async () => {
  workspace = await Workspace.create({ shop: {}, till: { manifest: { dependencies: ['shop'] } } });
  await workspace.write('infra/do-gradient/placements.yaml', placements('1s'));
});
afterAll(() => workspace.close());
beforeEach(async () => {
  seen = (await workspace.journal().catch(() => [])).length;
});

/** The apps that were written since the test began, in order. */
async function written(): Promise<string[]> {
  const records = (await workspace.journal()).slice(seen);
  return records.flatMap(({ type, skill }) => (type === 'written' ? [String(skill)] : []));
}

function ofSkill(name: string, apps: readonly string[]): string[] {
  return apps.filter((app) => app.startsWith(`${name}-`)).map((app) => app.slice(name.length + 1));
}

it('are deployed one after the other, each skill after what it depends on at the same placement', async () => {
  const { exitCode, output } = await workspace.nx(['run-many', '-t', 'deploy']);
  expect(exitCode, output).toBe(0);
  expect(output).toContain('10 skills: 10 created.');
  const apps = await written();
  for (const skill of ['shop', 'till']) {
    const order = ofSkill(skill, apps);
    expect(order.slice(0, 2).sort()).toEqual(['one', 'two']);
    expect(order.slice(2, 4).sort()).toEqual(['four', 'three']);
    expect(order[4]).toBe('five');
  }
  expect(apps.indexOf('shop-one')).toBeLessThan(apps.indexOf('till-one'));
});

it('are held after a failure, and say what is where', async () => {
  await workspace.write(
    'infra/do-gradient/shop/placements.yaml',
    `placements: [{ name: two, environment: local, ${broken} }]`,
  );
  await workspace.change('shop', { says: 'broken in one place' });
  const { exitCode, output } = await workspace.nx(['deploy', 'shop']);
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(/shop-one +updated/);
  expect(output).toMatch(/shop-two +failed/);
  expect(output).toMatch(/shop-three +skipped/);
  expect(output).toContain('wave 1 has not passed: shop-two ended as failed. This app was not changed');
  expect(output).toContain('wave 2 has not passed');
  expect((await written()).sort()).toEqual(['shop-one', 'shop-two']);
});

it('pass with as many failures as --maxFailed allows, by as many deployments at once as --maxAtOnce says', async () => {
  const { exitCode, output } = await workspace.nx(['deploy', 'shop', '--maxFailed=50', '--maxAtOnce=1']);
  expect(exitCode).not.toBe(0);
  expect(output).toMatch(/shop-two +failed/);
  for (const app of ['three', 'four', 'five']) expect(output).toMatch(new RegExp(`shop-${app} +updated`));
  await workspace.remove('infra/do-gradient/shop/placements.yaml');
});

it('are rolled back as a whole with --rollback-wave, and say which placement is where', async () => {
  await workspace.write(
    'infra/do-gradient/shop/placements.yaml',
    `placements: [{ name: four, environment: local, wave: 2, ${broken} }]`,
  );
  await workspace.change('shop', { says: 'broken in wave 2' });
  const { exitCode, output } = await workspace.nx(['deploy', 'shop', '--rollback-wave', '--retry']);
  expect(exitCode).not.toBe(0);
  for (const app of ['one', 'two']) expect(output).toMatch(new RegExp(`shop-${app} +updated`));
  expect(output).toMatch(/shop-three +rolled back/);
  expect(output).toMatch(/shop-four +failed/);
  expect(output).toMatch(/shop-five +skipped/);
  expect(output).toContain('wave 2 has not passed: shop-four ended as failed. Rolled back to');
  const says = async (app: string) => {
    const { live_url: url } = (await workspace.apps()).find(({ spec }) => spec.name === app) ?? {};
    return (await fetch(url ?? '')).text();
  };
  expect(await says('shop-one')).toBe('broken in wave 2');
  expect(await says('shop-three')).toBe('broken in one place');
  await workspace.remove('infra/do-gradient/shop/placements.yaml');
});

it('go on in the wave in which kill -9 has ended a run', async () => {
  await workspace.change('shop', { says: 'interrupted' });
  const run = workspace.start(['deploy', 'shop']);
  await until('wave 2 is written', async () => (await written()).includes('shop-three'));
  await workspace.killDeployers();
  await run.ended;
  const before = await written();
  expect(before).not.toContain('shop-five');
  const { exitCode, output } = await workspace.nx(['deploy', 'shop']);
  expect(exitCode, output).toBe(0);
  expect(output).toMatch(/shop-one +unchanged/);
  expect(output).toMatch(/shop-two +unchanged/);
  expect((await written()).slice(before.length).sort().at(-1)).not.toBe('shop-one');
  const apps = await workspace.apps();
  const answers = apps.filter(({ spec }) => spec.name.startsWith('shop-'));
  const says = await Promise.all(answers.map(async ({ live_url: url }) => (await fetch(url ?? '')).text()));
  expect(says).toEqual(Array(5).fill('interrupted'));
});
