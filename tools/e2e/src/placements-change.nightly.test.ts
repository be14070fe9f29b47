import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from './support/poll.js';
import { Workspace } from './support/workspace.js';

// Placements that change while a run is under way, and two deployers of the same ones.
let workspace: Workspace;

const file = 'infra/do-gradient/placements.yaml';
const before = `placements:
  - { name: one, environment: local }
  - { name: two, environment: local, wave: 2 }
  - { name: three, environment: local, wave: 2 }
  - { name: four, environment: local, wave: 3 }
`;
/** Of these, `two` was renamed, `three` removed, and `four` is in another wave. */
const after = `placements:
  - { name: one, environment: local }
  - { name: deux, environment: local, wave: 2 }
  - { name: four, environment: local }
`;

beforeAll(async () => {
  workspace = await Workspace.create({ shop: {} });
  await workspace.write(file, before);
  await workspace.commit('placements');
});
afterAll(() => workspace.close());

async function written(): Promise<string[]> {
  const records = await workspace.journal().catch(() => []);
  return records.flatMap(({ type, skill }) => (type === 'written' ? [String(skill)] : []));
}

async function names(): Promise<string[]> {
  return (await workspace.apps()).map(({ spec }) => spec.name).sort();
}

it('are written once each by two deployers at once', async () => {
  const runs = await Promise.all([workspace.nx(['deploy', 'shop']), workspace.nx(['deploy', 'shop'])]);
  for (const { exitCode, output } of runs) expect(exitCode, output).toBe(0);
  expect((await written()).sort()).toEqual(['shop-four', 'shop-one', 'shop-three', 'shop-two']);
});

it('are said in plan and deploy where they were renamed, removed or moved in mid-fleet; nothing is deleted', async () => {
  await workspace.change('shop', { says: 'interrupted' });
  const run = workspace.start(['deploy', 'shop']);
  await until(
    'wave 2 is written',
    async () => (await written()).filter((app) => app === 'shop-two').length > 1,
  );
  await workspace.killDeployers();
  await run.ended;
  await workspace.write(file, after);
  await workspace.commit('other placements');
  const plan = await workspace.nx(['plan', 'shop']);
  expect(plan.output).toMatch(/- shop-three +placement deleted +\$5\.00 a month/);
  expect(plan.output).toMatch(/- shop-two +placement deleted/);
  expect(plan.output).toMatch(/\+ shop-deux +create/);
  expect(plan.output).toContain('2 apps are left whose skills or placements were deleted');
  const { exitCode, output } = await workspace.nx(['deploy', 'shop']);
  expect(exitCode, output).toBe(0);
  expect(output).toContain('shop-three, shop-two: no file has these placements any more.');
  expect(output).toMatch(/shop-one +unchanged/);
  expect(output).toMatch(/shop-four +updated/);
  expect(output).toMatch(/shop-deux +created/);
  expect(await names()).toEqual(['shop-deux', 'shop-four', 'shop-one', 'shop-three', 'shop-two']);
});

it('are deleted only where that is asked for', async () => {
  expect((await workspace.nxSkills(['orphans'])).output).toContain('shop-three');
  expect(await names()).toHaveLength(5);
  expect((await workspace.nxSkills(['orphans', '--delete'])).output).toContain('Deleted shop-three');
  expect(await names()).toEqual(['shop-deux', 'shop-four', 'shop-one']);
});
