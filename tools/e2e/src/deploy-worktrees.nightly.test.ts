import { execa } from 'execa';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runningServices } from './support/processes.js';
import { serviceSource } from './support/service.js';
import { type NxRun, Workspace } from './support/workspace.js';

let workspace: Workspace;
let worktree: string;

beforeAll(async () => {
  workspace = await Workspace.create({ shop: {}, till: {} });
  worktree = join(dirname(workspace.root), 'shop-worktree');
  await workspace.git('worktree', 'add', '-q', '-b', 'skill/shop', worktree);
  await inWorktree('the shop of its branch');
});
afterAll(async () => {
  await workspace.close();
  await rm(worktree, { recursive: true, force: true });
});

async function inWorktree(says: string): Promise<void> {
  await writeFile(join(worktree, 'skills/shop/src/main.js'), serviceSource({ says }));
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid'];
  await execa('git', [...identity, 'commit', '-qam', says], { cwd: worktree });
}

function deploy(skill: string): Promise<NxRun> {
  return workspace.nx(['deploy', skill, '--worktrees']);
}

async function answer(skill: string): Promise<string> {
  return (await fetch((await workspace.status(skill))['url'] ?? '')).text();
}

async function revision(ref: string): Promise<string> {
  return (
    await execa('git', ['rev-parse', '--verify', '--quiet', ref], { cwd: workspace.root, reject: false })
  ).stdout;
}

it('ships a skill as its branch has it, and records branch, worktree and commit', async () => {
  const { exitCode, output } = await deploy('shop');
  expect(output).toContain('1 skill: 1 created.');
  expect(exitCode).toBe(0);
  expect(await answer('shop')).toBe('the shop of its branch');
  expect(await workspace.status('shop')).toMatchObject({
    branch: 'skill/shop',
    worktree,
    commit: await revision('skill/shop'),
    dirty: false,
  });
});

it('keeps the commit that is live and verified in a ref', async () => {
  expect(await revision('refs/deployed/local/shop')).toBe(await revision('skill/shop'));
});

it('records uncommitted changes as such, not as the commit below them', async () => {
  const before = await revision('refs/deployed/local/shop');
  await writeFile(join(worktree, 'skills/shop/src/main.js'), serviceSource({ says: 'not committed' }));
  const { exitCode } = await deploy('shop');
  expect(exitCode).toBe(0);
  expect(await answer('shop')).toBe('not committed');
  expect(await revision('refs/deployed/local/shop')).not.toBe(before);
  const { stdout } = await execa('git', ['log', '-1', '--format=%s', 'refs/deployed/local/shop'], {
    cwd: workspace.root,
  });
  expect(stdout).toBe(`Deployed with uncommitted changes on top of ${before}`);
});

it('says of a skill without a worktree how it gets one, and deploys nothing of it', async () => {
  const { exitCode, output } = await deploy('till');
  expect(exitCode).not.toBe(0);
  expect(output).toContain('no worktree has skill/till checked out. Create one: npx nx worktree till');
  expect(await runningServices(workspace.root)).toHaveLength(1);
});

it('deploys what is checked out here without the option, but not over what only the worktree has', async () => {
  const refused = await workspace.nx(['deploy', 'shop']);
  expect(refused.exitCode).toBe(1);
  expect(refused.output).toMatch(
    /the live deployment is version 1\.0\.0 of commit .* with uncommitted changes/,
  );
  expect(await answer('shop')).toBe('not committed');
  const { exitCode } = await workspace.nx(['deploy', 'shop', '--allow-older']);
  expect(exitCode).toBe(0);
  expect(await answer('shop')).toBe('hello');
  expect(await revision('refs/deployed/local/shop')).toBe(await revision('main'));
});

it('finds by the refs what has changed since, and the base of a deploy, without the history of a CI', async () => {
  const live = await revision('refs/deployed/local/shop');
  await workspace.change('shop', { says: 'more' });
  await workspace.commit('more');
  const { output } = await workspace.nx(['run-many', '-t', 'plan', '--since-deployed']);
  expect(output).toContain(`since ${live.slice(0, 12)} was live: 1 commit; skills/shop/src/main.js`);
  expect(output).toContain('unknown, no commit is known to be live');
  const command = join(import.meta.dirname, '../../nx-skills/bin/nx-skills.js');
  const base = await execa('node', [command, 'base'], { cwd: workspace.root });
  expect(base.stdout).toBe(live);
  const { output: affected } = await workspace.nx(['affected', '-t', 'deploy', `--base=${live}`]);
  expect(affected).toContain('1 skill: 1 updated.');
});
