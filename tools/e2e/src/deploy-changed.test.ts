import { execa } from 'execa';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { atNight, firstByDay } from './support/at-night.js';
import { outerEnvironment, Workspace } from './support/workspace.js';

// The first command of the README: it deploys what has changed since it was last live, without any option.

let workspace: Workspace;

beforeAll(async () => {
  workspace = await Workspace.create({ alpha: {}, beta: {}, gamma: {} });
});
afterAll(() => workspace.close());

async function deployChanged(...options: string[]) {
  const cli = join(workspace.root, 'node_modules/@odoobo/nx-skills/bin/nx-skills.js');
  const { exitCode, all } = await execa('node', [cli, 'deploy', ...options], {
    cwd: workspace.root,
    env: { ...outerEnvironment(), ...workspace.env },
    extendEnv: false,
    reject: false,
    all: true,
  });
  return { exitCode, all };
}

async function commit(skill: string, says: string): Promise<void> {
  await workspace.change(skill, { says });
  await workspace.commit(says);
}

it('deploys all if nothing was ever live', async () => {
  const { exitCode, all } = await deployChanged();
  expect(all).toContain('3 skills: 3 created.');
  expect(exitCode).toBe(0);
});

it('deploys on the default branch what was committed just now, and nothing else', async () => {
  await commit('alpha', 'second');
  const { exitCode, all } = await deployChanged();
  expect(all).toContain('1 skill: 1 updated.');
  expect(all).toMatch(/alpha +updated/);
  expect(exitCode).toBe(0);
});

it('deploys nothing, and says so, where nothing has changed', async () => {
  const written = (await workspace.records('written')).length;
  expect(await deployChanged()).toMatchObject({
    exitCode: 0,
    all: 'No skill has changed since it was last live: nothing to deploy.',
  });
  expect(await workspace.records('written')).toHaveLength(written);
});

atNight(() => {
  it('deploys a skill that is behind the others, though a later commit is live of another', async () => {
    await commit('beta', 'second');
    await commit('gamma', 'second');
    await workspace.nx(['deploy', 'gamma']);
    const { exitCode, all } = await deployChanged();
    expect(all).toMatch(/beta +updated/);
    expect(all).not.toMatch(/alpha/);
    expect(exitCode).toBe(0);
  });

  it('goes by what is live after a rollback: the version is held, and --retry ships it', async () => {
    await workspace.nx(['rollback', 'gamma']);
    const held = await deployChanged();
    expect(held.all).toMatch(/gamma +held/);
    expect(held.exitCode).toBe(1);
    const { exitCode, all } = await deployChanged('--retry');
    expect(all).toMatch(/gamma +updated/);
    expect(exitCode).toBe(0);
  });
});

it('deploys on a branch what that has changed, and what is not committed', async () => {
  await workspace.git('switch', '-qc', 'feature');
  await commit('beta', 'third');
  await workspace.change('alpha', { says: 'not committed' });
  const { all } = await deployChanged();
  expect(all).toContain('2 skills: 2 updated.');
  expect(all).not.toMatch(/gamma/);
});

atNight(() => {
  it('goes by what is live, not by what once was: a platform that was reset gets all', async () => {
    await execa('node', [join(workspace.root, 'node_modules/.bin/local-platform'), 'reset', '--yes'], {
      cwd: workspace.root,
    });
    expect((await deployChanged()).all).toContain('3 skills: 3 created.');
  });
});

it.each(firstByDay(['-p', '--projects=alpha', '--worktrees', '--preview=7']))(
  'refuses %s, which chooses, too',
  async (option) => {
    const { exitCode, all } = await deployChanged(option);
    expect(exitCode).toBe(2);
    expect(all).toContain(`Use: npx nx run-many -t deploy ${option}`);
  },
);
