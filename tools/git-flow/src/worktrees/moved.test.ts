import { cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Repository } from '../test-support/repository.js';
import { listWorktrees } from './worktree-list.js';
import { Workshop } from './worktrees.test.helper.js';

let workshop: Workshop;
const everything = ['M  docs/a', ' M docs/b', '?? new'].join('\n');

/** A worktree with a staged change, an unstaged one, and a new file. */
beforeEach(async () => {
  workshop = await Workshop.open();
  await workshop.repository.commit({ 'docs/a': 'a', 'docs/b': 'b' });
  await workshop.create(['alpha']);
  await workshop.worktree('alpha').write('docs/a', 'staged');
  await workshop.worktree('alpha').git('add', '.');
  await workshop.worktree('alpha').write('docs/b', 'not staged');
  await workshop.worktree('alpha').write('new', 'untracked');
});

const near = (name: string) => join(workshop.base, name);
const status = (path: string) => new Repository(path).git('status', '--porcelain');
const gitDirectory = (path: string) => new Repository(path).git('rev-parse', '--absolute-git-dir');

/** The paths of the worktrees in git's records. */
async function listed(repository = workshop.repository): Promise<string[]> {
  const worktrees = await listWorktrees({ cwd: repository.directory });
  return worktrees.filter(({ main }) => !main).map(({ path }) => path);
}

describe('a worktree that was moved', () => {
  it.each(['renamed', '../moved-out', '../first/inside', '../first/.worktrees/alpha'])(
    'is found at %s and registered with git there: no second one is created',
    async (place) => {
      const moved = near(place);
      await mkdir(dirname(moved), { recursive: true });
      await rename(workshop.path('alpha'), moved);
      expect(await workshop.create(['alpha'])).toMatchObject([{ action: 'repaired', path: moved }]);
      expect(await listed()).toEqual([moved]);
      expect(await status(moved)).toBe(everything);
      expect((await readdir(workshop.base)).includes('alpha')).toBe(false);
      expect(await workshop.create(['alpha'])).toMatchObject([{ action: 'kept', path: moved }]);
    },
  );

  it('is found by a run that is in it, wherever that is', async () => {
    const moved = near('far/away/from/here');
    await mkdir(dirname(moved), { recursive: true });
    await rename(workshop.path('alpha'), moved);
    const [result] = await workshop.create(['alpha'], { cwd: join(moved, 'docs') });
    expect(result).toMatchObject({ action: 'repaired', path: moved });
    expect(await listed()).toEqual([moved]);
  });

  it('is found also where something else has taken its place', async () => {
    await rename(workshop.path('alpha'), near('renamed'));
    await workshop.repository.write('../worktrees/alpha/mine', 'mine');
    expect(await workshop.create(['alpha'])).toMatchObject([{ action: 'repaired', path: near('renamed') }]);
    expect(await readdir(workshop.path('alpha'))).toEqual(['mine']);
  });

  it('is found also where another worktree has taken its place, as when two were swapped', async () => {
    await workshop.create(['beta']);
    await rename(workshop.path('alpha'), near('other'));
    await rename(workshop.path('beta'), workshop.path('alpha'));
    await rename(near('other'), workshop.path('beta'));
    expect(await workshop.create(['alpha', 'beta'])).toMatchObject([
      { action: 'repaired', path: workshop.path('beta') },
      { action: 'repaired', path: workshop.path('alpha') },
    ]);
    expect(await status(workshop.path('beta'))).toBe(everything);
    expect((await listed()).sort()).toEqual([workshop.path('alpha'), workshop.path('beta')]);
  });

  it('is reported where a repository has taken its place', async () => {
    await rename(workshop.path('alpha'), near('renamed'));
    await workshop.repository.git('clone', '-q', '.', workshop.path('alpha'));
    expect(await workshop.createOne('alpha')).toContain(
      `The worktree is now at ${near('renamed')}. Register it there: git worktree repair ${near('renamed')}`,
    );
  });

  it('shares nothing with the one that is made where it was, when it is not found', async () => {
    const moved = near('far/away/from/here');
    await mkdir(dirname(moved), { recursive: true });
    await rename(workshop.path('alpha'), moved);
    expect(await workshop.createOne('alpha')).toBe('repaired');
    expect(await status(workshop.path('alpha'))).toBe('M  docs/a');
    await expect(gitDirectory(moved)).rejects.toThrow('not a git repository');
    expect(await readFile(join(moved, 'docs/b'), 'utf8')).toBe('not staged');
    expect(workshop.warnings).toEqual([
      expect.stringContaining('If you had moved it, git no longer knows the moved folder'),
    ]);
    expect(await listed()).toEqual([workshop.path('alpha')]);
  });

  it('shares nothing with what is made in place of a folder whose .git file was deleted', async () => {
    const before = await gitDirectory(workshop.path('alpha'));
    await rm(join(workshop.path('alpha'), '.git'));
    expect(await workshop.createOne('alpha')).toBe('repaired');
    expect(await status(workshop.path('alpha'))).toBe(everything);
    expect(await gitDirectory(workshop.path('alpha'))).not.toBe(before);
  });
});

describe('a worktree that was copied', () => {
  it('is kept, and the copy is named with what to do about it', async () => {
    await cp(workshop.path('alpha'), near('copy'), { recursive: true });
    expect(await workshop.createOne('alpha')).toBe('kept');
    expect(workshop.warnings).toEqual([
      expect.stringContaining(`${near('copy')} is a copy of the worktree ${workshop.path('alpha')}`),
    ]);
    expect(workshop.warnings[0]).toContain(`rm ${near('copy')}/.git`);
  });

  it('continues in the copy where only that is left, and in no other copy', async () => {
    await cp(workshop.path('alpha'), near('one'), { recursive: true });
    await cp(workshop.path('alpha'), near('other'), { recursive: true });
    await rm(workshop.path('alpha'), { recursive: true });
    expect(await workshop.createOne('alpha')).toContain(
      `was moved or copied to ${near('one')} and ${near('other')}. Register the right one: git worktree repair`,
    );
    await rm(near('one'), { recursive: true });
    expect(await workshop.create(['alpha'])).toMatchObject([{ action: 'repaired', path: near('other') }]);
    expect(await status(near('other'))).toBe(everything);
  });

  it('is no worktree of another skill', async () => {
    await cp(workshop.path('alpha'), near('beta'), { recursive: true });
    expect(await workshop.createOne('beta')).toContain(`is a copy of the worktree ${workshop.path('alpha')}`);
  });
});

describe('the main checkout', () => {
  it('was moved: its worktrees are tied to it again', async () => {
    const moved = new Repository(`${workshop.repository.directory}-moved`);
    await rename(workshop.repository.directory, moved.directory);
    const [result] = await workshop.create(['alpha'], { cwd: moved.directory });
    expect(result).toMatchObject({ action: 'repaired', path: workshop.path('alpha') });
    expect(await status(workshop.path('alpha'))).toBe(everything);
    expect(await listed(moved)).toEqual([workshop.path('alpha')]);
  });

  it('was moved together with its worktrees: they are found where they are now', async () => {
    const folder = dirname(workshop.base);
    await mkdir(join(folder, 'inside'));
    for (const name of ['first', 'worktrees']) await rename(join(folder, name), join(folder, 'inside', name));
    const moved = new Repository(join(folder, 'inside/first'));
    const path = join(folder, 'inside/worktrees/alpha');
    const request = { ...workshop.request('alpha'), path };
    const results = await workshop.createAt([request], { cwd: moved.directory });
    expect(results).toMatchObject([{ action: 'repaired', path }]);
    expect(await status(path)).toBe(everything);
    expect(await listed(moved)).toEqual([path]);
    expect(await readdir(folder)).toEqual(['inside', 'origin.git']);
  });

  it('was copied: the worktrees are still those of the original', async () => {
    const copy = new Repository(`${workshop.repository.directory}-copy`);
    await cp(workshop.repository.directory, copy.directory, { recursive: true });
    const [result] = await workshop.create(['alpha'], { cwd: copy.directory });
    expect(String(result?.error)).toContain(`rm -r ${copy.directory}/.git/worktrees/alpha`);
    expect(await status(workshop.path('alpha'))).toBe(everything);
    expect(await gitDirectory(workshop.path('alpha'))).toContain(`${workshop.repository.directory}/`);
  });
});
