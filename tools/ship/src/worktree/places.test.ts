import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempDirectory } from '../test-support/temp-directory.js';
import { findPlaces } from './places.js';

const { signal } = new AbortController();

/** A repository with a workspace in one of its folders. */
async function repository(): Promise<string> {
  const root = join(await tempDirectory(), 'shop');
  await execa('git', ['init', '-q', root]);
  await mkdir(join(root, 'services'));
  return root;
}

async function addWorktree(root: string, path: string): Promise<void> {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid'];
  await execa('git', [...identity, 'commit', '-q', '--allow-empty', '-m', 'first'], { cwd: root });
  await execa('git', ['worktree', 'add', '-q', path], { cwd: root });
}

it('uses a folder beside the repository by default', async () => {
  const root = await repository();
  expect(await findPlaces(root, undefined, signal)).toEqual({ workspace: '', base: `${root}-worktrees` });
  const inFolder = await findPlaces(join(root, 'services'), undefined, signal);
  expect(inFolder).toEqual({ workspace: 'services', base: `${root}-worktrees` });
});

it('uses another folder, relative to the workspace', async () => {
  const root = await repository();
  const { base } = await findPlaces(root, '../elsewhere', signal);
  expect(base).toBe(join(root, '../elsewhere'));
});

it('uses a folder inside the workspace that git and Nx ignore', async () => {
  const root = await repository();
  expect((await findPlaces(root, '.worktrees', signal)).base).toBe(join(root, '.worktrees'));
  await addWorktree(root, '.worktrees/one');
  expect((await findPlaces(root, '.worktrees', signal)).base).toBe(join(root, '.worktrees'));
  const { stdout } = await execa('git', ['status', '--porcelain'], { cwd: root });
  expect(stdout).toBe('');
});

it.each(['.', 'services', 'notes'])('refuses %s, which holds other files', async (folder) => {
  const root = await repository();
  await mkdir(join(root, 'notes'));
  for (const file of ['services/tracked', 'notes/untracked']) await writeFile(join(root, file), '');
  await execa('git', ['add', 'services'], { cwd: root });
  await expect(findPlaces(root, folder, signal)).rejects.toThrow('holds files that are not worktrees');
  expect(existsSync(join(root, folder, '.gitignore'))).toBe(false);
});

it('refuses a folder inside a worktree, which would be deleted with it', async () => {
  const root = await repository();
  await addWorktree(root, '../one');
  await expect(findPlaces(root, '../one/more', signal)).rejects.toThrow('is inside the worktree');
  expect(existsSync(join(root, '../one/more'))).toBe(false);
});

it('reports that there is no repository', async () => {
  await expect(findPlaces(await tempDirectory(), undefined, signal)).rejects.toThrow('not a git repository');
});
