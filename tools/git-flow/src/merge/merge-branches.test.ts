import { writeFileSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Repository, tempDirectory } from '../test-support/repository.js';
import { mergeBranches } from './merge-branches.js';
import type { BranchToMerge, MergeReport } from './result.js';

const withOrigin = async () => Repository.withOrigin(await tempDirectory());
const alone = async () => Repository.create(join(await tempDirectory(), 'alone'));

function land(repository: Repository, branches: readonly BranchToMerge[]): Promise<MergeReport> {
  return mergeBranches({ directory: repository.directory, into: 'main', remote: 'origin', branches });
}

function landAlone(repository: Repository, branches: readonly BranchToMerge[]): Promise<MergeReport> {
  return mergeBranches({ directory: repository.directory, into: 'main', branches });
}

function origin(repository: Repository): string {
  return join(repository.directory, '../origin.git');
}

/** The head of main at the origin. */
async function landed(repository: Repository): Promise<string> {
  const [hash = ''] = (await repository.git('ls-remote', 'origin', 'refs/heads/main')).split('\t');
  return hash;
}

async function hook(directory: string, name: string, script: string): Promise<void> {
  const file = join(directory, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

describe('with a remote', () => {
  it('lands each branch in a merge commit of its own, on top of the last, and the checkout of main follows', async () => {
    const repository = await withOrigin();
    const base = await repository.head('main');
    const [a, b] = [await repository.branch('a'), await repository.branch('b')];
    const report = await land(repository, [a, b]);
    expect(report).toMatchObject({
      results: [
        { skill: 'a', outcome: 'merged' },
        { skill: 'b', outcome: 'merged' },
      ],
      attempts: 1,
      local: { follows: true, worktree: repository.directory },
    });
    expect(await landed(repository)).toBe(report.head);
    expect(
      (await repository.git('log', '--first-parent', '--format=%P|%s', 'origin/main')).split('\n'),
    ).toEqual([
      `${await repository.head('main^1')} ${b.commit}|Merge skill/b`,
      `${base} ${a.commit}|Merge skill/a`,
      '|change',
    ]);
    expect(await repository.git('log', '-1', '--format=%(trailers:key=Skill,valueonly)')).toBe('b\n');
    expect(await repository.git('status', '--porcelain')).toBe('');
    expect(await readFile(join(repository.directory, 'a'), 'utf8')).toBe('a');
  });

  it('lands on top of what others pushed while it was merging', async () => {
    const repository = await withOrigin();
    const a = await repository.branch('a');
    const other = await repository.clone('other');
    const theirs = await other.commit({ theirs: 'theirs' });
    // The other process pushes just before this push, once.
    await hook(
      join(repository.directory, '.git/hooks'),
      'pre-push',
      `unset $(git rev-parse --local-env-vars); git -C ${other.directory} push -q origin HEAD:main`,
    );
    const report = await land(repository, [a]);
    expect(report).toMatchObject({ attempts: 2, results: [{ outcome: 'merged' }] });
    expect(await landed(repository)).toBe(report.head);
    expect(await repository.head(`${report.head}^1`)).toBe(theirs);
  });

  it('leaves a branch that conflicts as it was, names the files, and lands the others', async () => {
    const repository = await withOrigin();
    const a = await repository.branch('a', { shared: 'a', more: 'a' });
    const b = await repository.branch('b', { shared: 'b', more: 'b' });
    const c = await repository.branch('c');
    const { results } = await land(repository, [a, b, c]);
    expect(results).toMatchObject([
      { outcome: 'merged' },
      { skill: 'b', outcome: 'conflict', files: ['more', 'shared'] },
      { outcome: 'merged' },
    ]);
    expect(await repository.head('skill/b')).toBe(b.commit);
    expect(await repository.git('status', '--porcelain')).toBe('');
  });

  it('refuses a branch of unrelated history by itself, and lands the others', async () => {
    const repository = await withOrigin();
    const [a, c] = [await repository.branch('a'), await repository.branch('c')];
    await repository.git('switch', '-q', '--orphan', 'skill/b');
    const commit = await repository.commit({ b: 'b' });
    await repository.git('switch', '-q', 'main');
    const b = { ...a, skill: 'b', branch: 'skill/b', commit };
    const { results } = await land(repository, [a, b, c]);
    expect(results).toMatchObject([
      { outcome: 'merged' },
      { skill: 'b', outcome: 'unrelated' },
      { outcome: 'merged' },
    ]);
    expect(await repository.head('skill/b')).toBe(commit);
  });

  it('leaves out a branch that git cannot merge, with what git said, and lands the others', async () => {
    const repository = await withOrigin();
    const [a, b, c] = [
      await repository.branch('a', { shared: 'a' }),
      await repository.branch('b', { shared: 'b' }),
      await repository.branch('c'),
    ];
    // Both have added the file, so its content is needed, and that of b is missing.
    const blob = await repository.head('skill/b:shared');
    await rm(join(repository.directory, '.git/objects', blob.slice(0, 2), blob.slice(2)), { force: true });
    const { results } = await land(repository, [a, b, c]);
    expect(results).toMatchObject([{ outcome: 'merged' }, { outcome: 'failed' }, { outcome: 'merged' }]);
    expect(JSON.stringify(results[1])).toContain(blob);
  });

  it('does nothing for what is merged already, also by a branch that was built on it', async () => {
    const repository = await withOrigin();
    const a = await repository.branch('a');
    await repository.git('switch', '-q', 'skill/a');
    const onA = await repository.commit({ b: 'b' });
    await repository.git('branch', 'skill/b');
    await repository.git('reset', '-q', '--hard', a.commit);
    await repository.git('switch', '-q', 'main');
    const b = { ...a, skill: 'b', branch: 'skill/b', commit: onA };
    const first = await land(repository, [b, a]);
    expect(first.results).toMatchObject([{ outcome: 'merged' }, { outcome: 'already-merged' }]);
    const second = await land(repository, [a, b]);
    expect(second.results).toMatchObject([{ outcome: 'already-merged' }, { outcome: 'already-merged' }]);
    expect(await landed(repository)).toBe(first.head);
    expect(second).not.toHaveProperty('local');
  });

  it('merges a branch whose changes are there already by other commits', async () => {
    const repository = await withOrigin();
    const a = await repository.branch('a');
    await repository.commit({ a: 'a' }, 'the same by hand');
    await repository.git('push', '-q', 'origin', 'main');
    expect((await land(repository, [a])).results).toMatchObject([{ outcome: 'merged' }]);
    expect(await repository.git('branch', '--merged', 'main', '--format=%(refname:short)')).toContain(
      'skill/a',
    );
  });

  it('refuses a branch that has moved on since it was proven, and one that is gone', async () => {
    const repository = await withOrigin();
    const [a, b] = [await repository.branch('a'), await repository.branch('b')];
    await repository.git('switch', '-q', 'skill/a');
    const now = await repository.commit({ a: 'more' });
    await repository.git('switch', '-q', 'main');
    await repository.git('branch', '-qD', 'skill/b');
    const before = await landed(repository);
    expect((await land(repository, [a, b])).results).toEqual([
      { skill: 'a', branch: 'skill/a', commit: a.commit, outcome: 'moved', now },
      { skill: 'b', branch: 'skill/b', commit: b.commit, outcome: 'moved' },
    ]);
    expect(await landed(repository)).toBe(before);
  });

  it('tries nothing again that the remote refuses, and says what it said', async () => {
    const repository = await withOrigin();
    const a = await repository.branch('a');
    await hook(
      join(origin(repository), 'hooks'),
      'pre-receive',
      'echo "main is frozen" >&2; echo x >> tried; exit 1',
    );
    const before = await repository.state();
    await expect(land(repository, [a])).rejects.toThrow(
      /^Could not push main to origin \(\S+\): a hook there refuses it \(main is frozen\)[^\n]+$/,
    );
    expect(await readFile(join(origin(repository), 'tried'), 'utf8')).toBe('x\n');
    expect(await repository.state()).toEqual(before);
  });

  it('knows that it has landed although the answer of the remote was lost', async () => {
    const repository = await withOrigin();
    const a = await repository.branch('a');
    await hook(join(origin(repository), 'hooks'), 'post-receive', 'kill -9 $PPID');
    const report = await land(repository, [a]);
    expect(report).toMatchObject({ attempts: 1, results: [{ outcome: 'merged' }] });
    expect(await landed(repository)).toBe(report.head);
  });

  it('says which remote does not answer', async () => {
    const repository = await withOrigin();
    const a = await repository.branch('a');
    await repository.git('remote', 'set-url', 'origin', '/does/not/exist');
    await expect(land(repository, [a])).rejects.toThrow(
      /^Could not fetch main of origin \(\/does\/not\/exist\): there is no such repository[^\n]+$/,
    );
  });

  it('pushes nothing that is only in the main of this clone', async () => {
    const repository = await withOrigin();
    const base = await repository.head('main');
    const a = await repository.branch('a');
    const own = await repository.commit({ own: 'not for others yet' });
    const report = await land(repository, [a]);
    expect(report.local).toMatchObject({ follows: false, why: 'main has commits of its own here' });
    expect(await repository.head('main')).toBe(own);
    expect(await repository.head(`${report.head}^1`)).toBe(base);
  });

  it('has landed also where the checkout of main is gone', async () => {
    const repository = await withOrigin();
    const a = await repository.branch('a');
    await repository.git('switch', '-q', 'skill/a');
    const gone = join(repository.directory, '../gone');
    await repository.git('worktree', 'add', '-q', gone, 'main');
    await rm(gone, { recursive: true });
    const report = await land(repository, [a]);
    expect(report).toMatchObject({ results: [{ outcome: 'merged' }], local: { follows: false } });
    expect(await landed(repository)).toBe(report.head);
  });

  it('does not claim to know whether it has landed where the remote is gone after the push', async () => {
    const repository = await withOrigin();
    const a = await repository.branch('a');
    const away = `${origin(repository)}.away`;
    await hook(
      join(origin(repository), 'hooks'),
      'post-receive',
      `mv ${origin(repository)} ${away}; kill -9 $PPID`,
    );
    await expect(land(repository, [a])).rejects.toThrow(
      'It is unknown whether the merge has landed on main of origin',
    );
    await rename(away, origin(repository));
    expect((await land(repository, [a])).results).toMatchObject([{ outcome: 'already-merged' }]);
  });

  it('moves a main that is checked out nowhere', async () => {
    const repository = await withOrigin();
    const a = await repository.branch('a');
    await repository.git('switch', '-q', 'skill/a');
    const { head, local } = await land(repository, [a]);
    expect(local).toEqual({ follows: true });
    expect(await repository.head('main')).toBe(head);
  });
});

describe('without a remote', () => {
  it('merges into the branch of this repository', async () => {
    const repository = await alone();
    const [a, b] = [await repository.branch('a'), await repository.branch('b')];
    const report = await landAlone(repository, [a, b]);
    expect(await repository.head('main')).toBe(report.head);
    expect(await readFile(join(repository.directory, 'b'), 'utf8')).toBe('b');
    expect(await repository.git('status', '--porcelain')).toBe('');
  });

  it('does not move main under uncommitted changes', async () => {
    const repository = await alone();
    const a = await repository.branch('a');
    await repository.write('README.md', 'changed');
    const before = await repository.state();
    await expect(landAlone(repository, [a])).rejects.toThrow(
      `Nothing was merged into main: ${repository.directory} has uncommitted changes: README.md.\n` +
        'Commit or stash them there, then merge again.',
    );
    expect(await repository.state()).toEqual(before);
  });

  it('does not overwrite a file that git does not know', async () => {
    const repository = await alone();
    const a = await repository.branch('a');
    await repository.write('a', 'mine');
    const before = await repository.state();
    await expect(landAlone(repository, [a])).rejects.toThrow(/would be overwritten by merge/);
    expect(await repository.state()).toEqual(before);
  });
});

describe('what stops a merge before it begins', () => {
  it('is that git has no identity', async () => {
    const repository = await alone();
    const a = await repository.branch('a');
    await repository.git('config', 'user.name', '');
    await expect(landAlone(repository, [a])).rejects.toThrow('Set one: git config user.name');
  });

  it('is a history that is cut off', async () => {
    const repository = await withOrigin();
    const shallow = new Repository(join(repository.directory, '../shallow'));
    await repository.commit({ b: 'b' });
    await repository.git('push', '-q', 'origin', 'main');
    await repository.git('clone', '-q', '--depth=1', `file://${origin(repository)}`, shallow.directory);
    await shallow.git('config', 'user.name', 'Test');
    await shallow.git('config', 'user.email', 'test@example.invalid');
    await expect(land(shallow, [await shallow.branch('a')])).rejects.toThrow('git fetch --unshallow');
  });

  it('is an abort', async () => {
    const repository = await withOrigin();
    const a = await repository.branch('a');
    const stop = new AbortController();
    await hook(join(repository.directory, '.git/hooks'), 'pre-push', 'touch pushing; exec sleep 600');
    const landing = mergeBranches({
      directory: repository.directory,
      into: 'main',
      remote: 'origin',
      branches: [a],
      signal: stop.signal,
    });
    await expect
      .poll(() => readFile(join(repository.directory, 'pushing')).catch(() => undefined), { timeout: 15_000 })
      .toBeDefined();
    stop.abort(new Error('interrupted'));
    await expect(landing).rejects.toThrow('interrupted');
    expect(await landed(repository)).toBe(await repository.head('main'));
  });
});

it('signs the merge where commits are to be signed', async () => {
  const repository = await alone();
  const a = await repository.branch('a');
  const signer = join(repository.directory, '../signer');
  // Implements gpg's protocol as git uses it: a signature on stdout, the status that it was made on the status descriptor.
  await hook(
    join(repository.directory, '..'),
    'signer',
    'cat > /dev/null; echo SIGNED; echo "[GNUPG:] SIG_CREATED " >&2',
  );
  await repository.git('config', 'gpg.program', signer);
  await repository.git('config', 'commit.gpgSign', 'true');
  const { head } = await landAlone(repository, [a]);
  expect(await repository.git('cat-file', 'commit', head)).toContain('gpgsig SIGNED');
});
