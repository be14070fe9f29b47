import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Behaviour } from './support/service.js';
import { Workspace } from './support/workspace.js';

let workspace: Workspace;
/** Commits by the answer of the skill in them. */
const commits: Record<string, string> = {};

beforeAll(async () => {
  workspace = await Workspace.create({ shop: { behaviour: { says: 'one' } } });
  commits['one'] = await head();
  await deploy();
  await release('two');
}, 120_000);
afterAll(() => workspace.close());

async function git(...args: string[]): Promise<string> {
  return (await execa('git', args, { cwd: workspace.root })).stdout;
}

function head(): Promise<string> {
  return git('rev-parse', 'HEAD');
}

/** The commit that is recorded as live; undefined if there is none. */
async function kept(): Promise<string | undefined> {
  return (await git('for-each-ref', '--format=%(objectname)', 'refs/deployed/local/shop')) || undefined;
}

function deploy(...options: string[]) {
  return workspace.nx(['deploy', 'shop', ...options]);
}

/** Commits a version and deploys it. */
async function release(says: string, behaviour: Behaviour = {}, ...options: string[]): Promise<void> {
  await workspace.change('shop', { says, ...behaviour });
  await workspace.commit(says);
  commits[says] = await head();
  await deploy(...options);
}

async function sinceDeployed(): Promise<string> {
  return (await workspace.nx(['plan', 'shop', '--since-deployed'])).output;
}

it('names the commit that a rollback has brought back, and the plan agrees', async () => {
  expect(await kept()).toBe(commits['two']);
  await workspace.nx(['rollback', 'shop']);
  expect(await kept()).toBe(commits['one']);
  expect(await sinceDeployed()).toContain(
    `since ${commits['one']?.slice(0, 12)} was live: 1 commit; skills/shop/src/main.js`,
  );
});

it('names the commit that is live again after a version was rolled back by itself', async () => {
  await release('three');
  await release('wrong', { fault: 'wrong-version' }, '--smokeTest');
  expect(await workspace.status('shop')).toMatchObject({ deployment_status: 'ROLLED_BACK' });
  expect(await kept()).toBe(commits['three']);
});

it('names nothing where what was brought back is of no commit, and the plan says so', async () => {
  await workspace.change('shop', { says: 'not committed' });
  await deploy();
  await release('four');
  expect(await kept()).toBe(commits['four']);
  const { output } = await workspace.nx(['rollback', 'shop']);
  expect(output).toContain('1 rolled back');
  expect(await kept()).toBeUndefined();
  expect(await sinceDeployed()).toContain('since it was live: unknown, no commit is known to be live');
});

it('names the commit again that --to has chosen, and what a revert has brought back', async () => {
  const { apps } = (await workspace.api('/apps')) as { apps: { id: string }[] };
  const { deployments } = (await workspace.api(`/apps/${apps[0]?.id}/deployments`)) as {
    deployments: { id: string }[];
  };
  const first = deployments.at(-1)?.id ?? '';
  await workspace.nx(['rollback', 'shop', `--to=${first}`, '--pin']);
  expect(await kept()).toBe(commits['one']);
  await workspace.nx(['rollback', 'shop', '--revert']);
  expect(await kept()).toBeUndefined();
});
