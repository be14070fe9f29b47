import { afterAll, beforeAll, expect, it } from 'vitest';
import { Workspace } from './support/workspace.js';

let workspace: Workspace;

beforeAll(async () => {
  workspace = await Workspace.create({ shop: {} });
  await workspace.write('skills/shop/project.json', '{ "name": "shop", "tags": ["team:checkout"] }');
  for (const says of ['one', 'two']) {
    await workspace.change('shop', { says });
    await workspace.commit(says);
    await workspace.nx(['deploy', 'shop']);
  }
  await workspace.nx(['run', 'shop:rollback']);
  await workspace.change('shop', { says: 'three' });
  await workspace.nx(['deploy', 'shop']);
});
afterAll(() => workspace.close());

interface Printed {
  all: Record<string, number | null>;
  teams: { name: string; deployments: number }[];
  verifiedBy: object;
  leftOut: object;
}

async function dora(): Promise<Printed> {
  const { exitCode, output } = await workspace.nxSkills(['dora', '--json']);
  expect(exitCode).toBe(0);
  return JSON.parse(output) as Printed;
}

const figures = {
  deployments: 3,
  leadTimes: 2,
  changes: 3,
  failures: 1,
  changeFailureRate: 1 / 3,
  restored: 1,
  notRestored: 0,
};

it('prints the figures of what a team has deployed and rolled back', async () => {
  const printed = await dora();
  expect(printed.all).toMatchObject(figures);
  expect(printed.teams).toMatchObject([{ name: 'checkout', deployments: 3 }]);
  expect(printed.verifiedBy).toEqual({ journal: 3, refs: 0, unknown: 0 });
  // Uncommitted changes have no commit to count from.
  expect(printed.leftOut).toEqual({ 'commit not known': 1 });
});

it('are on the page and in the metrics of the platform since the last deploy', async () => {
  const printed = await dora();
  const { url, token } = await workspace.platform();
  const read = async (path: string) =>
    (await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } })).text();
  const { delivery } = JSON.parse(await read('/page/delivery')) as { delivery: Printed };
  const { deployments, changes, failures, leadTimeSeconds, timeToRestoreSeconds } = printed.all;
  const same = { deployments, changes, failures, leadTimeSeconds, timeToRestoreSeconds };
  expect(delivery.all).toMatchObject(same);
  const text = await read('/metrics');
  expect(text).toContain('\ndelivery_deployments{skill="shop"} 3\n');
  expect(text).toContain(`\ndelivery_lead_time_seconds{skill="shop"} ${leadTimeSeconds}\n`);
});

it('finds the same on the platform where there is no journal, and says what nobody has verified', async () => {
  const before = await dora();
  await workspace.remove('WORKTREE_STATUS.journal.jsonl');
  const printed = await dora();
  expect(printed.all).toMatchObject(figures);
  for (const figure of ['leadTimeSeconds', 'timeToRestoreSeconds'])
    expect(Math.abs((printed.all[figure] ?? 0) - (before.all[figure] ?? 0))).toBeLessThan(2);
  expect(printed.verifiedBy).toEqual({ journal: 0, refs: 0, unknown: 3 });
});
