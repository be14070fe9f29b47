import fc from 'fast-check';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Repository, tempDirectory } from '../test-support/repository.js';
import { mergeBranches } from './merge-branches.js';

/** Changes that a person may have made in a working tree, in any order. */
const doings = {
  edit: (tree: Repository) => tree.write('README.md', `edited ${Math.random()}\n`),
  stage: async (tree: Repository) => {
    await tree.write('staged.txt', `${Math.random()}\n`);
    await tree.git('add', 'staged.txt');
  },
  untracked: (tree: Repository) => tree.write('untracked.txt', `${Math.random()}\n`),
  delete: (tree: Repository) => tree.git('rm', '-q', '--cached', '--ignore-unmatch', 'README.md'),
  stash: async (tree: Repository) => {
    await tree.write('README.md', `stashed ${Math.random()}\n`);
    await tree.git('stash');
  },
};
type Doing = keyof typeof doings;

const someDoings = fc.array(fc.constantFrom(...(Object.keys(doings) as Doing[])), { maxLength: 3 });

it('leaves all working trees, their changes, indexes and stashes as they are, whatever is in them', async () => {
  await fc.assert(
    fc.asyncProperty(someDoings, someDoings, fc.boolean(), async (inMain, inBranch, conflicts) => {
      const repository = await Repository.withOrigin(await tempDirectory());
      const a = await repository.branch('a', { 'a.txt': 'a' });
      const b = await repository.branch('b', conflicts ? { 'a.txt': 'b' } : { 'b.txt': 'b' });
      const worktree = new Repository(join(repository.directory, '../a'));
      await repository.git('worktree', 'add', '-q', worktree.directory, 'skill/a');
      for (const doing of inMain) await doings[doing](repository);
      for (const doing of inBranch) await doings[doing](worktree);
      const dirty = (await repository.git('status', '--porcelain', '--untracked-files=no')) !== '';
      const before = { main: await repository.state(), a: await worktree.state() };

      const { head, local } = await mergeBranches({
        directory: repository.directory,
        into: 'main',
        remote: 'origin',
        branches: [a, b],
      });

      expect(await repository.git('ls-remote', 'origin', 'refs/heads/main')).toContain(head);
      expect(await worktree.state()).toEqual(before.a);
      const { head: branch, stashes, status, diff } = await repository.state();
      if (dirty) expect(await repository.state()).toEqual(before.main);
      else
        expect({ branch, stashes, status, diff }).toEqual({
          branch: before.main['head'],
          stashes: before.main['stashes'],
          status: before.main['status'],
          diff: before.main['diff'],
        });
      expect(local).toMatchObject({ follows: !dirty, worktree: repository.directory });
      expect(await repository.head('main')).toBe(dirty ? before.main['commit'] : head);
    }),
    { numRuns: process.env['NIGHTLY'] ? 20 : 2 },
  );
}, 60_000);
