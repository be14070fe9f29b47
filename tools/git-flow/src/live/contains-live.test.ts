import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Repository, tempDirectory } from '../test-support/repository.js';
import { type Containment, containsLive } from './contains-live.js';
import { inputsOf } from './inputs.js';

let repository: Repository;
let base: string;

const lines = (change: Record<number, string> = {}) =>
  Array.from({ length: 12 }, (_, line) => `${change[line] ?? line}\n`).join('');

beforeEach(async () => {
  repository = await Repository.create(join(await tempDirectory(), 'here'));
  base = await repository.commit({ 'skills/a/x': lines(), 'libs/s/x': lines(), other: '1' });
});

const paths = ['skills/a', 'libs/s'];

function contains(commit: string, live: string, more: object = {}): Promise<Containment> {
  return containsLive({ cwd: repository.directory, commit, live: { commit: live }, paths, ...more });
}

const git = (...args: string[]) => repository.git(...args);
const head = () => repository.head('HEAD');
const to = (branch: string) => git('switch', '-q', branch);

/** A branch from the base with a change of the skill, in two commits. */
async function onBranch(): Promise<string> {
  await git('switch', '-qc', 'skill/a', base);
  await repository.commit({ 'skills/a/x': lines({ 1: 'half' }) });
  const live = await repository.commit({ 'skills/a/x': lines({ 1: 'mine' }) }, 'what is live');
  await to('main');
  return live;
}

describe('what contains what is live', () => {
  it('is itself, and what is built on it, whatever that has changed', async () => {
    const later = await repository.commit({ 'skills/a/x': lines({ 1: 'later' }) });
    expect(await contains(base, base)).toEqual({ contained: true, by: 'commit' });
    expect(await contains(later, base)).toEqual({ contained: true, by: 'commit' });
  });

  it('is a commit that differs elsewhere only', async () => {
    const live = await repository.commit({ other: '2' });
    expect(await contains(base, live)).toEqual({ contained: true, by: 'content' });
  });

  it('is where its branch landed as one commit, and what comes after, a revert included', async () => {
    const live = await onBranch();
    await repository.commit({ 'libs/s/x': lines({ 1: 'others' }) });
    await git('merge', '-q', '--squash', 'skill/a');
    await git('commit', '-qm', 'squashed');
    expect(await contains(await head(), live)).toEqual({ contained: true, by: 'content' });
    await git('revert', '--no-edit', 'HEAD');
    expect(await contains(await head(), live)).toEqual({ contained: true, by: 'content' });
  });

  it('is where it was merged with what others have done to the same file, and what comes after', async () => {
    const live = await onBranch();
    await repository.commit({ 'skills/a/x': lines({ 9: 'others' }) });
    expect(await contains(await head(), live)).toMatchObject({ because: 'diverged' });
    await git('merge', '-q', '--squash', 'skill/a');
    await git('commit', '-qm', 'squashed');
    expect(await contains(await head(), live)).toEqual({ contained: true, by: 'content' });
    await repository.commit({ 'skills/a/x': lines({ 1: 'on the same line' }) });
    expect(await contains(await head(), live)).toEqual({ contained: true, by: 'content' });
  });

  it('is where its commits were picked one by one, or rebased', async () => {
    const live = await onBranch();
    await repository.commit({ 'skills/a/x': lines({ 9: 'others' }) });
    await git('cherry-pick', 'skill/a~1');
    expect(await contains(await head(), live)).toMatchObject({ because: 'diverged' });
    await git('cherry-pick', 'skill/a');
    expect(await contains(await head(), live)).toEqual({ contained: true, by: 'content' });
    await git('rebase', '-q', 'main~2', 'skill/a');
    expect(await contains(await head(), live)).toEqual({ contained: true, by: 'content' });
  });

  it('works in a workspace that is a folder of its repository', async () => {
    const live = await repository.commit({ 'skills/a/x': lines({ 1: 'newer' }) });
    const inFolder = { cwd: join(repository.directory, 'skills'), paths: ['a'] };
    expect(await contains(base, live, inFolder)).toMatchObject({ because: 'older', files: ['skills/a/x'] });
    const inputs = await inputsOf({ ...inFolder, commit: base });
    const unknown = { ...inFolder, live: { inputs } };
    expect(await contains(live, live, unknown)).toEqual({ contained: true, by: 'content' });
  });
});

describe('what does not contain what is live', () => {
  it('is older, and says what would be lost', async () => {
    const live = await repository.commit({ 'skills/a/x': lines({ 1: 'new' }), 'libs/s/y': '' }, 'newer');
    expect(await contains(base, live)).toEqual({
      contained: false,
      because: 'older',
      live: { commit: live, subject: 'newer' },
      files: ['libs/s/y', 'skills/a/x'],
    });
  });

  it('is older also after a revert, and where files were only deleted', async () => {
    const bad = await repository.commit({ 'skills/a/x': lines({ 1: 'bad' }), 'skills/a/y': '' });
    await git('revert', '--no-edit', 'HEAD');
    expect(await contains(bad, await head())).toMatchObject({ because: 'older' });
  });

  it('is a branch that has gone back to what the other has left, or lacks a deletion', async () => {
    const bad = await repository.commit({ 'skills/a/x': lines({ 1: 'bad' }), 'skills/a/y': '' });
    await git('switch', '-qc', 'skill/b');
    const mine = await repository.commit({ 'libs/s/x': lines({ 1: 'mine' }) });
    await to('main');
    await git('revert', '--no-edit', bad);
    expect(await contains(mine, await head())).toMatchObject({
      because: 'diverged',
      files: ['skills/a/x', 'skills/a/y'],
    });
  });

  it('is another branch, and one with other content at the same lines', async () => {
    const live = await onBranch();
    await repository.commit({ 'skills/a/x': lines({ 1: 'theirs' }) });
    expect(await contains(await head(), live)).toEqual({
      contained: false,
      because: 'diverged',
      live: { commit: live, subject: 'what is live' },
      files: ['skills/a/x'],
    });
  });

  it('is what a file was moved away from: what became of its change is not guessed', async () => {
    const live = await onBranch();
    await git('mv', 'skills/a/x', 'other-place');
    await git('commit', '-qm', 'moved');
    expect(await contains(await head(), live)).toMatchObject({ because: 'diverged', files: ['skills/a/x'] });
  });

  it('works for histories without a common commit', async () => {
    const live = await head();
    await git('switch', '-q', '--orphan', 'other');
    const alone = await repository.commit({ 'skills/a/x': 'alone', 'libs/s/x': lines() });
    expect(await contains(alone, live)).toMatchObject({ because: 'diverged', files: ['skills/a/x'] });
  });
});

describe('where the commit of what is live is not here', () => {
  const gone = '1'.repeat(40);

  it('contains by what its inputs were, path by path, at any time', async () => {
    const inputs = await inputsOf({ cwd: repository.directory, commit: base, paths });
    await repository.commit({ 'libs/s/x': lines({ 1: 'later' }) });
    await repository.commit({ 'skills/a/x': lines({ 1: 'later' }) });
    const live = { commit: gone, inputs };
    expect(await contains(await head(), gone, { live })).toEqual({ contained: true, by: 'content' });
  });

  it('does not guess: says which paths it has not found', async () => {
    const inputs = await inputsOf({ cwd: repository.directory, commit: base, paths });
    const live = { commit: gone, inputs: { ...inputs, 'libs/s': gone } };
    expect(await contains(base, gone, { live })).toEqual({
      contained: false,
      because: 'unknown-commit',
      live: { commit: gone },
      paths: ['libs/s'],
    });
    const nothing = { contained: false, because: 'unknown-commit', paths };
    expect(await contains(base, gone)).toMatchObject(nothing);
    expect(await contains(base, gone, { live: {} })).toMatchObject(nothing);
    expect(await contains(base, gone, { live: { commit: 'main' } })).toMatchObject(nothing);
  });

  it('says that the history of the clone is cut off', async () => {
    await repository.commit({ 'skills/a/x': lines({ 1: 'later' }) });
    const shallow = join(repository.directory, '../shallow');
    await git('clone', '-q', '--depth=1', `file://${repository.directory}`, shallow);
    const inputs = await inputsOf({ cwd: repository.directory, commit: base, paths });
    const live = { commit: base, inputs };
    expect(await contains(await head(), base, { cwd: shallow, live })).toEqual({
      contained: false,
      because: 'shallow',
      live: { commit: base },
      paths,
    });
  });
});

it('throws when the commit to ship is not in this clone', async () => {
  await expect(contains('1'.repeat(40), base)).rejects.toThrow('1'.repeat(40));
});
