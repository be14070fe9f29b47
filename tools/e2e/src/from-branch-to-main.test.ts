import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { atNight } from './support/at-night.js';
import { Workspace } from './support/workspace.js';

// The main workflow from start to end: worktrees, work in them, deployed side by side, landed, cleaned up.
let workspace: Workspace;
let folder: string;

const skills = ['one', 'two'];

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'branch-to-main-')));
  workspace = await Workspace.create({ one: {}, two: {} });
  await workspace.git('config', 'user.name', 'Test');
  await workspace.git('config', 'user.email', 'test@example.invalid');
  await workspace.git('clone', '-q', '--bare', workspace.root, join(folder, 'origin.git'));
  await workspace.git('remote', 'add', 'origin', join(folder, 'origin.git'));
});
afterAll(async () => {
  await workspace.close();
  await rm(folder, { recursive: true, force: true });
});

function worktreeOf(skill: string): string {
  return join(folder, 'trees', skill);
}

async function git(...args: string[]): Promise<string> {
  return (await execa('git', args, { cwd: workspace.root })).stdout;
}

it('gives each skill its branch and worktree', async () => {
  const { exitCode } = await workspace.nx([
    'run-many',
    '-t',
    'worktree',
    `--base-folder=${join(folder, 'trees')}`,
  ]);
  expect(exitCode).toBe(0);
  for (const skill of skills) {
    const checkout = workspace.checkout(worktreeOf(skill));
    await checkout.change(skill, { says: `${skill} of its branch` });
    await checkout.commit(`work on ${skill}`);
  }
});

it('brings both live from there, tested', async () => {
  const { exitCode, output } = await workspace.nx([
    'run-many',
    '-t',
    'deploy',
    '--worktrees',
    '--smoke-test',
  ]);
  expect(output).toContain('2 skills: 2 created.');
  expect(exitCode).toBe(0);
  for (const skill of skills) {
    const { url = '' } = await workspace.status(skill);
    expect(await (await fetch(url)).text()).toBe(`${skill} of its branch`);
    expect(await git('rev-parse', `refs/deployed/local/${skill}`)).toBe(
      await git('rev-parse', `skill/${skill}`),
    );
  }
});

it('lands them on main, here and at the remote, with what proves them, and cleans up', async () => {
  const heads = await Promise.all(skills.map((skill) => git('rev-parse', `skill/${skill}`)));
  const { exitCode, output } = await workspace.nx(['run-many', '-t', 'merge', '--cleanup']);
  expect(output).toMatch(/2 merged/);
  expect(exitCode).toBe(0);
  expect(await git('rev-parse', 'main')).toBe(
    await git('ls-remote', 'origin', 'refs/heads/main').then((line) => line.slice(0, 40)),
  );
  for (const [index, skill] of skills.entries()) {
    const merged = await git('log', '-1', '--format=%P%n%(trailers)', `--grep=^Skill: ${skill}$`, 'main');
    const { deployment, digest } = await workspace.status(skill);
    expect(merged).toContain(heads[index]);
    expect(merged).toContain(`Deployment: ${deployment}`);
    expect(merged).toContain(`Digest: ${digest}`);
    expect(existsSync(worktreeOf(skill))).toBe(false);
  }
  expect(await git('branch', '--list', 'skill/*')).toBe('');
  expect(await git('status', '--porcelain')).toBe('');
});

atNight(() => {
  it('finds everything live as main has it', async () => {
    const { exitCode, output } = await workspace.nx(['run-many', '-t', 'deploy']);
    expect(output).toContain('Nothing to deploy: 2 skills are already up to date.');
    expect(exitCode).toBe(0);
  });
});
