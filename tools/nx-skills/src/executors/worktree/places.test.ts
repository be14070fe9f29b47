import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempDirectory } from '../../test-support/temp-directory.js';
import { findPlaces } from './places.js';

const { signal } = new AbortController();

/** A repository with a workspace in one of its folders. */
async function repository(): Promise<string> {
  const root = join(await tempDirectory(), 'shop');
  await execa('git', ['init', '-q', root]);
  await mkdir(join(root, 'services'));
  return root;
}

it('takes a folder beside the repository, where nothing else is said', async () => {
  const root = await repository();
  expect(await findPlaces(root, undefined, signal)).toEqual({ workspace: '', base: `${root}-worktrees` });
  const inFolder = await findPlaces(join(root, 'services'), undefined, signal);
  expect(inFolder).toEqual({ workspace: 'services', base: `${root}-worktrees` });
});

it('takes another folder, from the workspace on', async () => {
  const root = await repository();
  const { base } = await findPlaces(root, '../elsewhere', signal);
  expect(base).toBe(join(root, '../elsewhere'));
});

it.each(['.', 'worktrees', 'services/../worktrees'])(
  'refuses %s, where Nx would see everything twice',
  async (folder) => {
    const root = await repository();
    await expect(findPlaces(root, folder, signal)).rejects.toThrow(`--base-folder=${folder} is inside`);
    expect(existsSync(join(root, 'worktrees'))).toBe(false);
  },
);

it('says that there is no repository', async () => {
  await expect(findPlaces(await tempDirectory(), undefined, signal)).rejects.toThrow('not a git repository');
});
