import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createWorktrees } from './create-worktrees.js';
import { Workshop } from './worktrees.test.helper.js';

let workshop: Workshop;

beforeEach(async () => {
  workshop = await Workshop.open();
});

describe('createWorktrees', () => {
  it('gives each skill a worktree on its branch, from the default branch, without an upstream', async () => {
    const results = await workshop.create(['alpha', 'beta']);
    expect(results).toEqual(
      ['alpha', 'beta'].map((skill) => ({ ...workshop.request(skill), action: 'created' })),
    );
    const alpha = workshop.worktree('alpha');
    expect(await alpha.git('symbolic-ref', 'HEAD')).toBe('refs/heads/skill/alpha');
    expect(await alpha.head('HEAD')).toBe(await workshop.repository.head('main'));
    expect(await alpha.git('status', '--porcelain')).toBe('');
    await expect(alpha.git('rev-parse', '@{upstream}')).rejects.toThrow('no upstream');
    expect(await readdir(workshop.base)).toEqual(['alpha', 'beta']);
  });

  it('keeps what is there the second time, also from within a worktree', async () => {
    await workshop.create(['alpha']);
    await workshop.worktree('alpha').commit({ own: 'work' });
    await workshop.worktree('alpha').write('README.md', 'changed');
    const before = await workshop.worktree('alpha').state();
    expect(await workshop.createOne('alpha')).toBe('kept');
    const [inside] = await workshop.create(['alpha'], { cwd: workshop.path('alpha') });
    expect(inside?.action).toBe('kept');
    expect(await workshop.worktree('alpha').state()).toEqual(before);
  });

  it('adopts a branch that is there, with its commits', async () => {
    const { commit } = await workshop.repository.branch('alpha');
    expect(await workshop.createOne('alpha')).toBe('adopted');
    expect(await workshop.worktree('alpha').head('HEAD')).toBe(commit);
  });

  it('adopts a branch that only the remote has, and follows it', async () => {
    const other = await workshop.repository.clone('other');
    const { commit } = await other.branch('alpha');
    await other.git('push', '-q', 'origin', 'skill/alpha');
    expect(await workshop.createOne('alpha')).toBe('adopted');
    expect(await workshop.worktree('alpha').head('HEAD')).toBe(commit);
    expect(await workshop.worktree('alpha').git('rev-parse', '--abbrev-ref', '@{upstream}')).toBe(
      'origin/skill/alpha',
    );
  });

  it('starts from what others have pushed, fetched before', async () => {
    const other = await workshop.repository.clone('other');
    const commit = await other.commit({ new: 'theirs' });
    await other.git('push', '-q', 'origin', 'main');
    await workshop.create(['alpha']);
    expect(await workshop.worktree('alpha').head('HEAD')).toBe(commit);
  });

  it('starts from the own default branch where that is ahead', async () => {
    const commit = await workshop.repository.commit({ new: 'mine' });
    await workshop.create(['alpha']);
    expect(await workshop.worktree('alpha').head('HEAD')).toBe(commit);
  });

  it('prefers the default branch of the remote to the given one', async () => {
    const other = await workshop.repository.clone('other');
    await other.git('switch', '-qc', 'trunk');
    const commit = await other.commit({ trunk: 'yes' });
    await other.git('push', '-q', 'origin', 'trunk');
    await workshop.repository.git('fetch', '-q');
    await workshop.repository.git('remote', 'set-head', 'origin', 'trunk');
    await workshop.create(['alpha']);
    expect(await workshop.worktree('alpha').head('HEAD')).toBe(commit);
  });

  it('goes on without the remote, and says so', async () => {
    await workshop.repository.git('remote', 'set-url', 'origin', join(workshop.base, 'gone.git'));
    expect(await workshop.createOne('alpha')).toBe('created');
    expect(workshop.warnings).toEqual([
      expect.stringMatching(
        /^New branches start from the last fetched state: Could not fetch from origin [^\n]+$/,
      ),
    ]);
  });

  it('says how to name a default branch that there is none of', async () => {
    const [result] = await workshop.create(['alpha'], { defaultBranch: 'trunk' });
    expect(String(result?.error)).toContain('no branch "trunk"');
    expect(String(result?.error)).toContain('"defaultBase" in nx.json');
  });

  it('checks out some folders only, and the files at the root', async () => {
    await workshop.repository.commit({ 'a/x': 'a', 'b/x': 'b', 'c/d/x': 'd', 'c/e/x': 'e' });
    const request = { ...workshop.request('alpha'), folders: ['a', 'c/d'] };
    const [result] = await createWorktrees([request], workshop.options());
    expect(result).toMatchObject({ action: 'created' });
    const files = await readdir(workshop.path('alpha'), { recursive: true });
    expect(files.filter((file) => file !== '.git').sort()).toEqual([
      'README.md',
      'a',
      'a/x',
      'c',
      'c/d',
      'c/d/x',
    ]);
    expect(await workshop.worktree('alpha').git('status', '--porcelain')).toBe('');
    expect(await workshop.repository.git('status', '--porcelain')).toBe('');
    expect(existsSync(join(workshop.repository.directory, 'b/x'))).toBe(true);
  });
});

describe('what is in the way', () => {
  it('does not change a folder with something else in it', async () => {
    await mkdir(workshop.path('alpha'), { recursive: true });
    await writeFile(join(workshop.path('alpha'), 'mine'), 'mine');
    expect(await workshop.createOne('alpha')).toContain(
      'is not a worktree of this repository, so it was not changed',
    );
    expect(await readdir(workshop.path('alpha'))).toEqual(['mine']);
    expect(await workshop.repository.git('branch', '--list', 'skill/*')).toBe('');
  });

  it('is used: an empty folder', async () => {
    await mkdir(workshop.path('alpha'), { recursive: true });
    expect(await workshop.createOne('alpha')).toBe('created');
  });

  it('does not change another branch or a detached HEAD in the place of the worktree', async () => {
    await workshop.create(['alpha', 'beta']);
    await workshop.worktree('alpha').git('switch', '-qc', 'experiment');
    await workshop.worktree('beta').git('switch', '-q', '--detach');
    expect(await workshop.createOne('alpha')).toContain('the branch experiment checked out, not skill/alpha');
    expect(await workshop.createOne('beta')).toContain(`git -C ${workshop.path('beta')} switch skill/beta`);
  });

  it('is kept: the branch in a worktree somewhere else', async () => {
    const elsewhere = join(workshop.base, 'elsewhere');
    await workshop.repository.git('worktree', 'add', '-q', '-b', 'skill/alpha', elsewhere);
    expect(await workshop.create(['alpha'])).toMatchObject([{ action: 'kept', path: elsewhere }]);
  });

  it('is reported: the branch is checked out in the main checkout', async () => {
    await workshop.repository.git('switch', '-qc', 'skill/alpha');
    expect(await workshop.createOne('alpha')).toContain('is checked out in the main checkout');
  });

  it('is reported: the name of another branch conflicts', async () => {
    await workshop.repository.git('branch', 'skill');
    expect(await workshop.createOne('alpha')).toContain("'refs/heads/skill' exists");
    expect(await readdir(workshop.base)).toEqual([]);
  });

  it('does not stop the others', async () => {
    await mkdir(workshop.path('alpha'), { recursive: true });
    await writeFile(join(workshop.path('alpha'), 'mine'), 'mine');
    const actions = (await workshop.create(['alpha', 'beta'])).map(({ action }) => action);
    expect(actions).toEqual([undefined, 'created']);
  });
});
