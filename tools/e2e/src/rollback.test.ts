import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { atNight, firstByDay } from './support/at-night.js';
import { until } from './support/poll.js';
import { runningServices } from './support/processes.js';
import { statusesDuring } from './support/traffic.js';
import { type NxRun, Workspace } from './support/workspace.js';

let workspace: Workspace;
/** The deployments of `shop`, by their answer. */
const deployments: Record<string, string> = {};

beforeAll(async () => {
  workspace = await Workspace.create({ shop: {}, till: {} });
  for (const says of ['one', 'two', 'three']) {
    await workspace.change('shop', { says });
    await workspace.setUp(['deploy']);
    deployments[says] = (await workspace.status('shop'))['deployment'] ?? '';
  }
});
afterAll(() => workspace.close());

interface App {
  id: string;
  spec: { name: string };
  active_deployment?: { id: string; cloned_from?: string };
  pinned_deployment?: { id: string };
}

async function app(skill: string): Promise<App | undefined> {
  const { apps = [] } = (await workspace.api('/apps')) as { apps?: App[] };
  return apps.find(({ spec }) => spec.name === skill);
}

async function deploymentsOf(skill: string): Promise<string[]> {
  const at = `/apps/${(await app(skill))?.id ?? ''}/deployments`;
  return ((await workspace.api(at)) as { deployments: { id: string }[] }).deployments.map(({ id }) => id);
}

async function answer(skill: string): Promise<string> {
  return (await fetch((await workspace.status(skill))['url'] ?? '')).text();
}

it('brings back what was live before, and answers every request meanwhile', async () => {
  const run = workspace.nx(['run', 'shop:rollback']);
  const statuses = await statusesDuring((await workspace.status('shop'))['url'] ?? '', run);
  const { exitCode, output } = await run;
  expect(output).toMatch(new RegExp(`shop +rolled back .*\\n +back to ${deployments['two']}`));
  expect(output).toContain('1 skill: 1 rolled back.');
  expect(exitCode).toBe(0);
  expect(statuses).toEqual(new Set([200]));
  expect(await answer('shop')).toBe('two');
  expect((await app('shop'))?.active_deployment?.cloned_from).toBe(deployments['two']);
  // The previous version still runs for a moment.
  await until('one process a skill', async () => (await runningServices(workspace.root)).length === 2);
});

it('records it: status, journal and a log of its own', async () => {
  expect(await workspace.status('shop')).toMatchObject({
    status: 'rolled_back',
    deployment_status: 'ROLLED_BACK',
    deployment: (await app('shop'))?.active_deployment?.id,
  });
  const run = (await workspace.records('run-started')).at(-1)?.['run'];
  const log = await workspace.read(`logs/rollbacks/${String(run).replace(/-[0-9a-f]{4}$/, '')}.log`);
  expect(log).toMatch(/ shop rollback sent: deployment /);
  expect(log).toContain(`rolled back to ${deployments['two']}`);
});

it('brings back a chosen deployment; the other skills stay as they are', async () => {
  const before = await deploymentsOf('till');
  const { exitCode, output } = await workspace.warm(['rollback', 'shop', `--to=${deployments['one']}`]);
  expect(output).toContain(`back to ${deployments['one']}`);
  expect(exitCode).toBe(0);
  expect(await answer('shop')).toBe('one');
  expect(await deploymentsOf('till')).toEqual(before);
});

it.each(
  firstByDay([
    [
      'the one that is live',
      () => app('shop').then((shop) => shop?.active_deployment?.id),
      'incompatible_phase',
    ],
    [
      'an unknown one',
      () => Promise.resolve('no-such-deployment'),
      'shop has no deployment no-such-deployment',
    ],
  ] as const),
)('refuses %s, in the words of the platform, and writes nothing', async (_what, target, message) => {
  const before = await deploymentsOf('shop');
  const { exitCode, output } = await workspace.warm(['rollback', 'shop', `--to=${await target()}`]);
  expect(exitCode).not.toBe(0);
  expect(output).toContain(message);
  expect(await deploymentsOf('shop')).toEqual(before);
});

atNight(() => {
  it('refuses if nothing else was ever live', async () => {
    const before = await deploymentsOf('till');
    const { exitCode, output } = await workspace.nx(['rollback', 'till', '--delete-if-first']);
    expect(exitCode).not.toBe(0);
    expect(output).toContain('there is no earlier deployment to roll back to');
    expect(await deploymentsOf('till')).toEqual(before);
  });

  it('does nothing where the chosen version is live already', async () => {
    const before = await deploymentsOf('shop');
    const { exitCode, output } = await workspace.nx(['rollback', 'shop', `--to=${deployments['one']}`]);
    expect(output).toContain('is already live, as deployment');
    expect(exitCode).toBe(0);
    expect(await deploymentsOf('shop')).toEqual(before);
  });
});

it('leaves the app pinned with --pin: deploy is refused and names both ways on', async () => {
  const pinned = await workspace.nx(['rollback', 'shop', `--to=${deployments['three']}`, '--pin']);
  expect(pinned.output).toContain('Keep the rollback: npx nx rollback shop --commit.');
  expect(pinned.exitCode).toBe(0);
  await workspace.change('shop', { says: 'four' });
  const refused = await workspace.warm(['deploy', 'shop']);
  expect(refused.exitCode).not.toBe(0);
  expect(refused.output).toMatch(/AppPinned[^]*Undo it: npx odoobo rollback shop --revert/);
  const again = await workspace.warm(['rollback', 'shop', `--to=${deployments['one']}`]);
  expect(again.exitCode).not.toBe(0);
  expect(again.output).toMatch(/reason: app_pinned[^]*npx odoobo rollback shop --commit/);
  expect(await answer('shop')).toBe('three');
});

atNight(() => {
  it('undoes a pinned rollback with --revert', async () => {
    const { exitCode, output } = await workspace.nx(['rollback', 'shop', '--revert']);
    expect(output).toContain('1 skill: 1 reverted.');
    expect(exitCode).toBe(0);
    expect(await answer('shop')).toBe('one');
    expect((await app('shop'))?.pinned_deployment).toBeUndefined();
  });

  it('keeps a pinned rollback with --commit, and deploys go on', async () => {
    await workspace.nx(['rollback', 'shop', `--to=${deployments['two']}`, '--pin']);
    const committed = await workspace.nx(['rollback', 'shop', '--commit']);
    expect(committed.output).toContain('1 skill: 1 committed.');
    expect(await answer('shop')).toBe('two');
    const again = await workspace.nx(['rollback', 'shop', '--commit']);
    expect(again.exitCode).not.toBe(0);
    expect(again.output).toContain('the app is not pinned');
    expect((await workspace.nx(['deploy', 'shop'])).exitCode).toBe(0);
    expect(await answer('shop')).toBe('four');
  });
});

/** The records of `slow`'s rollbacks. */
async function rollbacksOfSlow(type: 'planned' | 'written'): Promise<Record<string, unknown>[]> {
  const records = await workspace.records(type);
  return records.filter(({ action, skill }) => action === 'rollback' && skill === 'slow');
}

atNight(() => {
  it('rolls back once from two terminals; after Ctrl-C one says which deployment continues', async () => {
    const startsWhen = join(workspace.root, 'go');
    await workspace.writeSkill('slow', { failureThreshold: 50, behaviour: { startsWhen } });
    await workspace.write('go', '');
    await workspace.nx(['deploy', 'slow']);
    await workspace.change('slow', { says: 'second', startsWhen });
    await workspace.nx(['deploy', 'slow']);
    await workspace.remove('go');
    const before = await deploymentsOf('slow');

    const [one, other] = [workspace.start(['rollback', 'slow']), workspace.start(['rollback', 'slow'])];
    await until('both have chosen', async () => (await rollbacksOfSlow('planned')).length === 2);
    const written = await until(
      'the rollback is under way',
      async () => (await rollbacksOfSlow('written'))[0],
    );
    one.kill('SIGINT');
    const interrupted = await one.ended;
    expect(interrupted.exitCode).not.toBe(0);
    expect(interrupted.output).toContain('stopped: ');
    await workspace.write('go', '');
    expect((await other.ended).exitCode).toBe(0);
    expect(await answer('slow')).toBe('hello');
    expect(await deploymentsOf('slow')).toEqual([written['deploymentId'], ...before]);
  });

  it('does not go back to what was rolled back from, unless it is named', async () => {
    const [, second = ''] = await deploymentsOf('slow');
    const { exitCode, output } = await workspace.nx(['rollback', 'slow']);
    expect(exitCode).not.toBe(0);
    expect(output).toContain(`deployment ${second} was rolled back from`);
    expect(output).toContain(`npx nx rollback slow --to=<deployment>`);
    expect(await answer('slow')).toBe('hello');
  });

  it('takes up a rollback whose deployer was interrupted', async () => {
    await workspace.remove('go');
    const [, second = ''] = await deploymentsOf('slow');
    const run = workspace.start(['rollback', 'slow', `--to=${second}`]);
    const written = await until(
      'the rollback is under way',
      async () => (await rollbacksOfSlow('written'))[1],
    );
    const id = String(written['deploymentId']);
    run.kill('SIGINT');
    expect((await run.ended).output).toMatch(new RegExp(`deployment ${id} is still `));
    expect(await workspace.status('slow')).toMatchObject({ status: 'interrupted', deployment: id });
    const next = workspace.start(['rollback', 'slow', `--to=${second}`]);
    await until('the next rollback follows', async () =>
      (await rollbacksOfSlow('planned')).some(({ deploymentId }) => deploymentId === id),
    );
    await workspace.write('go', '');
    expect((await next.ended).exitCode).toBe(0);
    expect(await answer('slow')).toBe('second');
  });

  it('takes only the skills whose last deployment failed, and deletes the one that was never live', async () => {
    await workspace.writeSkill('newcomer', { behaviour: { fault: 'crashes' } });
    await workspace.change('shop', { fault: 'crashes' });
    await workspace.nx(['run-many', '-t', 'deploy', '-p', 'newcomer,shop']);
    const before = await deploymentsOf('shop');
    const rollBack = (...options: string[]): Promise<NxRun> =>
      workspace.nx(['run-many', '-t', 'rollback', '--failed', '-p', 'shop,till,newcomer', ...options]);

    const refused = await rollBack();
    const live = (await app('shop'))?.active_deployment?.id;
    expect(refused.output).toContain(
      `shop serves ${live}; its last deployment failed and never took traffic`,
    );
    expect(refused.output).toMatch(/till +unchanged .*\n +its last deployment did not fail/);
    expect(refused.output).toContain('newcomer was never live');
    expect(refused.output).toContain('npx nx rollback newcomer --delete-if-first');
    expect(refused.exitCode).not.toBe(0);

    const deleted = await rollBack('--delete-if-first');
    expect(deleted.output).toContain('3 skills: 1 deleted, 2 unchanged.');
    expect(deleted.exitCode).toBe(0);
    expect(await app('newcomer')).toBeUndefined();
    expect(await deploymentsOf('shop')).toEqual(before);
    expect(await answer('shop')).toBe('four');
  });
});
