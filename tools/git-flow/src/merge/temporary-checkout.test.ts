import { access, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { Repository, tempDirectory } from '../test-support/repository.js';
import { addTemporaryCheckout } from './temporary-checkout.js';

const alone = async () => Repository.create(join(await tempDirectory(), 'alone'));

it('lends any commit, then others, and leaves nothing', async () => {
  const repository = await alone();
  const { commit } = await repository.branch('a');
  const before = await repository.state();
  const checkout = await addTemporaryCheckout('main', { cwd: repository.directory });
  expect(await readdir(checkout.directory)).toEqual(['.git', 'README.md']);
  await writeFile(join(checkout.directory, 'README.md'), 'scratched');
  await writeFile(join(checkout.directory, 'left'), 'by a test');
  await checkout.checkOut(commit);
  expect(await readdir(checkout.directory)).toContain('a');
  await checkout.remove();
  await expect(access(dirname(checkout.directory))).rejects.toThrow('ENOENT');
  expect((await repository.git('worktree', 'list')).split('\n')).toHaveLength(1);
  expect(await repository.state()).toEqual(before);
});

it('leaves nothing where there is no such commit', async () => {
  const repository = await alone();
  const missing = 'a'.repeat(40);
  await expect(addTemporaryCheckout(missing, { cwd: repository.directory })).rejects.toThrow(missing);
  expect((await repository.git('worktree', 'list')).split('\n')).toHaveLength(1);
});
