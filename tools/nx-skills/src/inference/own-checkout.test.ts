import { tempDirectory } from '@odoobo/ship/test-support/temp-directory';
import { execa } from 'execa';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { createNodes } from './create-nodes.js';

let root: string;

async function git(cwd: string, ...args: string[]): Promise<void> {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid'];
  await execa('git', [...identity, '-c', 'protocol.file.allow=always', ...args], { cwd });
}

/** A repository with one skill. */
async function repository(folder: string, skill: string): Promise<void> {
  await mkdir(join(folder, 'skills', skill), { recursive: true });
  await writeFile(join(folder, 'skills', skill, 'skill.json'), '{}');
  await git(folder, 'init', '-q', '-b', 'main');
  await git(folder, 'add', '.');
  await git(folder, 'commit', '-qm', 'first');
}

beforeEach(async () => {
  root = join(await tempDirectory(), 'shop');
  await repository(root, 'alpha');
});

/** The roots of the projects inferred from some manifests. */
async function projects(...folders: string[]): Promise<string[]> {
  const files = ['skills/alpha', ...folders].map((folder) => `${folder}/skill.json`);
  const results = await createNodes[1](files, undefined, { workspaceRoot: root, nxJsonConfiguration: {} });
  return results.flatMap(([, { projects = {} }]) => Object.keys(projects));
}

it.each(['.worktrees/x', '.claude/worktrees/x', 'skills/x'])(
  'leaves out the content of a worktree at %s',
  async (place) => {
    await git(root, 'worktree', 'add', '-q', place);
    expect(await projects(`${place}/skills/alpha`)).toEqual(['skills/alpha']);
    // Even if git no longer lists it.
    await rm(join(root, '.git/worktrees'), { recursive: true });
    expect(await projects(`${place}/skills/alpha`)).toEqual(['skills/alpha']);
  },
);

it('leaves out the content of a clone inside the workspace', async () => {
  await git(root, 'clone', '-q', '.', 'copies/one');
  expect(await projects('copies/one/skills/alpha')).toEqual(['skills/alpha']);
});

it('includes the content of this checkout if it is itself a worktree', async () => {
  await git(root, 'worktree', 'add', '-q', '.worktrees/x');
  root = join(root, '.worktrees/x');
  expect(await projects()).toEqual(['skills/alpha']);
});

it('includes the skills of a submodule, also in a worktree', async () => {
  const theirs = join(root, '../theirs');
  await repository(theirs, 'beta');
  await git(root, 'submodule', '--quiet', 'add', theirs, 'skills/theirs');
  await git(root, 'commit', '-qm', 'submodule');
  const both = ['skills/alpha', 'skills/theirs/skills/beta'];
  expect(await projects('skills/theirs/skills/beta')).toEqual(both);
  await git(root, 'worktree', 'add', '-q', '.worktrees/x');
  root = join(root, '.worktrees/x');
  await git(root, 'submodule', '--quiet', 'update', '--init');
  expect(await projects('skills/theirs/skills/beta')).toEqual(both);
});
