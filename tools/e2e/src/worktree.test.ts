import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Workspace, type NxRun } from './support/workspace.js';

let workspace: Workspace;
let base: string;

beforeAll(async () => {
  workspace = await Workspace.create({
    alpha: {},
    beta: { manifest: { dependencies: ['alpha'] } },
    gamma: {},
  });
  base = `${workspace.root}-worktrees`;
});
afterAll(async () => {
  await workspace.close();
  await rm(base, { recursive: true, force: true });
});

function worktree(skills: string, ...options: string[]): Promise<NxRun> {
  return workspace.nx(['run-many', '-t', 'worktree', '-p', skills, ...options]);
}

it('gives each skill a worktree beside the workspace, and keeps them the second time', async () => {
  const made = await worktree('alpha,beta');
  expect(made.output).toMatch(new RegExp(`alpha +created +skill/alpha +${base}/alpha\n`));
  expect(made.output).toContain('2 skills: 2 created.');
  expect(made.exitCode).toBe(0);
  expect(await workspace.status('alpha')).toMatchObject({ branch: 'skill/alpha', worktree: `${base}/alpha` });
  expect((await worktree('alpha,beta')).output).toContain('2 skills: 2 kept.');
});

it('deploys what a worktree holds, to the one platform of all checkouts', async () => {
  const alpha = workspace.checkout(`${base}/alpha`);
  await alpha.change('alpha', { says: 'from the worktree' });
  await alpha.commit('work on alpha');
  const { exitCode, output } = await alpha.nx(['deploy', 'alpha']);
  expect(output).toContain('1 created');
  expect(exitCode).toBe(0);
  const status = await workspace.status('alpha');
  expect(status).toMatchObject({ branch: 'skill/alpha', worktree: `${base}/alpha`, status: 'completed' });
  expect(await (await fetch(status['url'] ?? '')).text()).toBe('from the worktree');
  // Its own: what Nx caches. Everybody's: platform, status, journal, logs.
  expect((await readdir(alpha.root)).filter((name) => !existsSync(join(workspace.root, name)))).toEqual([]);
  expect(existsSync(join(alpha.root, '.nx/cache'))).toBe(true);
  for (const shared of ['.local-platform', 'WORKTREE_STATUS.json', 'logs']) {
    expect(existsSync(join(alpha.root, shared))).toBe(false);
  }
});

it('shares no cache between checkouts: the same task runs in each', async () => {
  const beta = workspace.checkout(`${base}/beta`);
  for (const checkout of [beta, workspace]) {
    expect((await checkout.nx(['build', 'beta'])).output).toContain('0/1 hit');
  }
  const [here, there] = await Promise.all(
    [workspace.root, beta.root].map((root) =>
      readFile(join(root, 'skills/beta/dist/image/index.json'), 'utf8'),
    ),
  );
  expect(there).toBe(here);
});

it('lists how branches and worktrees stand', async () => {
  await workspace.checkout(`${base}/beta`).write('skills/beta/new.txt', 'new');
  const { exitCode, output } = await worktree('alpha,beta,gamma', '--list');
  expect(output).toMatch(new RegExp(`alpha +skill/alpha +1 +0 +0 +no +${base}/alpha\n`));
  expect(output).toMatch(new RegExp(`beta +skill/beta +0 +0 +1 +yes +${base}/beta\n`));
  expect(output).toMatch(/gamma +- +- +- +- +- +-\n/);
  expect(exitCode).toBe(0);
});

it('removes what is merged and clean only, and says what the others hold', async () => {
  await rm(join(base, 'beta/skills/beta/new.txt'));
  const { exitCode, output } = await worktree('alpha,beta', '--remove');
  expect(output).toContain('1 commit not in main. See: git log main..skill/alpha. Land: npx nx merge alpha');
  expect(output).toContain('2 skills: 1 failed, 1 removed.');
  expect(exitCode).not.toBe(0);
  expect(await readdir(base)).toEqual(['alpha']);
  expect(await workspace.status('beta')).not.toHaveProperty('worktree');
});

it('checks out a skill and what it depends on only, where told so', async () => {
  const { exitCode } = await worktree('beta', '--sparse');
  expect(exitCode).toBe(0);
  const beta = workspace.checkout(`${base}/beta`);
  expect((await readdir(join(beta.root, 'skills'))).sort()).toEqual(['alpha', 'beta']);
  expect((await readdir(join(beta.root, 'infra/do-gradient'))).sort()).toEqual(['alpha', 'beta']);
  const shown = await beta.nx(['show', 'projects']);
  expect(shown.output.trim().split('\n').sort()).toEqual(expect.arrayContaining(['alpha', 'beta']));
  expect(shown.output).not.toContain('gamma');
});
