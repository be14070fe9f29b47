import { readdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { Workshop } from './worktrees.test.helper.js';

let workshop: Workshop;

beforeEach(async () => {
  workshop = await Workshop.open();
  await workshop.create(['alpha', 'beta']);
});

/** Lands a branch on the default branch. */
async function merge(skill: string): Promise<void> {
  await workshop.repository.git('merge', '-q', '--no-ff', '--no-edit', `skill/${skill}`);
}

it('removes worktree and branch of what is merged and clean, and nothing else', async () => {
  await workshop.worktree('alpha').commit({ own: 'work' });
  await workshop.worktree('beta').commit({ more: 'work' });
  await merge('alpha');
  expect(await workshop.removeOne('alpha')).toBe('removed');
  expect(await readdir(workshop.base)).toEqual(['beta']);
  expect(await workshop.repository.git('branch', '--list', '--format=%(refname:short)')).toBe(
    'main\nskill/beta',
  );
  expect(await workshop.removeOne('alpha')).toBe('absent');
});

it('sees what others have merged, fetched before', async () => {
  await workshop.worktree('alpha').commit({ own: 'work' });
  await workshop.worktree('alpha').git('push', '-q', 'origin', 'HEAD:main');
  await workshop.repository.git('update-ref', 'refs/remotes/origin/main', 'main');
  expect(await workshop.removeOne('alpha')).toBe('removed');
});

it('takes links to dependencies away, not what they point to', async () => {
  const target = join(workshop.repository.directory, 'installed');
  await workshop.repository.write('installed/file', 'text');
  await workshop.repository.write('.git/info/exclude', 'installed\nnode_modules\n');
  await symlink(target, join(workshop.path('alpha'), 'node_modules'));
  expect(await workshop.removeOne('alpha')).toBe('removed');
  expect(await readFile(join(target, 'file'), 'utf8')).toBe('text');
});

it('keeps commits that are not merged, and says whether a remote has them', async () => {
  const commit = await workshop.worktree('alpha').commit({ own: 'work' });
  expect(await workshop.removeOne('alpha')).toContain(
    '1 commit not in main, and no remote has them. See: git log main..skill/alpha. Land: npx nx merge alpha',
  );
  await workshop.worktree('alpha').git('push', '-q', 'origin', 'skill/alpha');
  await workshop.worktree('alpha').commit({ second: 'work' });
  expect(await workshop.removeOne('alpha')).toContain(
    '2 commits not in main, and 1 of them are on no remote',
  );
  expect(await workshop.worktree('alpha').head('HEAD~1')).toBe(commit);
});

it.each([
  ['changed', { 'README.md': 'changed' }, '1 uncommitted change'],
  ['untracked', { new: 'file', other: 'file' }, '2 uncommitted changes'],
])('keeps what is %s', async (_name, files, reason) => {
  await workshop.repository.git('config', 'status.showUntrackedFiles', 'no');
  for (const [path, text] of Object.entries(files)) await workshop.worktree('alpha').write(path, text);
  const before = await workshop.worktree('alpha').state();
  const error = await workshop.removeOne('alpha');
  expect(error).toContain(reason);
  expect(error).toContain(`See: git -C ${workshop.path('alpha')} status`);
  expect(error).toContain(
    `git worktree remove --force ${workshop.path('alpha')} && git branch -D skill/alpha`,
  );
  expect(await workshop.worktree('alpha').state()).toEqual(before);
});

it('keeps what is staged only, when the file has been changed back', async () => {
  await workshop.worktree('alpha').write('README.md', 'changed');
  await workshop.worktree('alpha').git('add', '.');
  await workshop.worktree('alpha').write('README.md', 'first\n');
  expect(await workshop.removeOne('alpha')).toContain('1 uncommitted change');
});

it('keeps a worktree that is locked, and one that is broken', async () => {
  await workshop.repository.git('worktree', 'lock', '--reason', 'in use', workshop.path('alpha'));
  expect(await workshop.removeOne('alpha')).toContain('locked (in use). Unlock: git worktree unlock');
  await rm(workshop.path('beta'), { recursive: true });
  expect(await workshop.removeOne('beta')).toContain('its folder is missing or broken. Repair it first');
});

it('keeps a branch that is being rebased, and a merge in progress', async () => {
  await workshop
    .worktree('alpha')
    .git('rebase', '-q', '--exec', 'false', '--root')
    .catch(() => '');
  expect(await workshop.removeOne('alpha')).toContain('a rebase or a bisection of it is in progress');
  const other = await workshop.repository.commit({ new: 'file' });
  await workshop.worktree('beta').git('merge', '-q', '--no-commit', '--no-ff', other);
  expect(await workshop.removeOne('beta')).toContain('a merge in progress');
});

it('does not remove the main checkout, nor the worktree that it runs in', async () => {
  await workshop.repository.git('switch', '-qc', 'skill/gamma');
  expect(await workshop.removeOne('gamma')).toContain('checked out in the main checkout');
  expect(await workshop.removeOne('alpha', { cwd: workshop.path('alpha') })).toContain(
    'is the worktree that this command runs in',
  );
});

it('calls onRemove before the folder is deleted', async () => {
  const removed: string[][] = [];
  const onRemove = async (path: string) => void removed.push([path, ...(await readdir(path))]);
  expect(await workshop.removeOne('alpha', { onRemove })).toBe('removed');
  expect(removed).toEqual([[workshop.path('alpha'), '.git', 'README.md']]);
});

it('removes the branch of a worktree that is gone already, as after a crash in between', async () => {
  await workshop.repository.git('worktree', 'remove', workshop.path('alpha'));
  expect(await workshop.removeOne('alpha')).toBe('removed');
  expect(await workshop.repository.git('branch', '--list', 'skill/alpha')).toBe('');
});
