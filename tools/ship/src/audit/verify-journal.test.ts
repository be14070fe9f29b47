import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Chained, chained } from '../records/chain.js';
import { ChainedJournal } from '../records/chained-journal.js';
import { anchor } from '../records/recorder.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { verifyJournal } from './verify-journal.js';

const name = 'WORKTREE_STATUS.journal.jsonl';
const dayMs = 24 * 3_600_000;

function git(cwd: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid'];
  return execFileSync('git', [...identity, ...args], { cwd, encoding: 'utf8' });
}

/** A clone with a journal. */
class Clone {
  journal: ChainedJournal;

  private constructor(readonly root: string) {
    this.journal = new ChainedJournal(join(root, name));
  }

  static async create(origin?: string): Promise<Clone> {
    const root = await tempDirectory();
    if (origin === undefined) {
      git(root, 'init', '-q', '-b', 'main');
      git(root, 'commit', '-q', '--allow-empty', '-m', 'first');
    } else git(root, 'clone', '-q', origin, '.');
    return new Clone(root);
  }

  /** A run of some entries, which anchors them. */
  async run(run: string, remote?: string): Promise<void> {
    const common = { run, at: new Date().toISOString() };
    this.journal.append({ type: 'run-started', ...common, environment: 'local', skills: {} });
    const result = { skill: 'shop', outcome: 'deployed', action: 'update', digest: '-', durationMs: 1 };
    this.journal.append({ type: 'finished', ...common, environment: 'local', skill: 'shop', result });
    this.journal.append({ type: 'run-finished', ...common, status: 'completed' });
    await anchor(this.journal, { root: this.root, run, remote });
  }

  rewrite(change: (lines: string[]) => string[]): void {
    const lines = readFileSync(this.journal.path, 'utf8').split('\n').filter(Boolean);
    writeFileSync(
      this.journal.path,
      change(lines)
        .map((line) => `${line}\n`)
        .join(''),
    );
    this.journal = new ChainedJournal(this.journal.path);
  }

  verify(more: { now?: number; elsewhere?: boolean; journal?: string } = {}) {
    return verifyJournal({
      root: this.root,
      journal: this.journal.path,
      elsewhere: false,
      now: Date.now(),
      ...more,
    });
  }
}

it('anchors each run, and says what was written since', async () => {
  const clone = await Clone.create();
  await clone.run('deploy-1');
  await clone.run('deploy-2');
  clone.journal.append({ type: 'checked', at: new Date().toISOString() });
  const verified = await clone.verify();
  expect(verified).toMatchObject({ journal: name, entries: 7, anchors: 2, findings: [] });
  expect(verified.anchored).toMatchObject({ run: 'deploy-2', since: 1 });
});

it('finds that the end was cut off, and which entry is the last one', async () => {
  const clone = await Clone.create();
  await clone.run('deploy-1');
  await clone.run('deploy-2');
  clone.rewrite((lines) => lines.slice(0, -2));
  const { findings } = await clone.verify();
  expect(findings).toHaveLength(1);
  expect(findings[0]?.message).toMatch(
    /last entry of deploy-2, .* is not here: the end was cut off, .*jsonl:4 \(run-started, /,
  );
  // Nor does it help to write on.
  await clone.run('deploy-3');
  expect((await clone.verify()).findings).toMatchObject([{ problem: 'cut' }]);
});

it('finds that all was rewritten by the same tools, with the same anchoring, and that all was deleted', async () => {
  const clone = await Clone.create();
  await clone.run('deploy-1');
  const before = await clone.verify();
  clone.rewrite(() => []);
  expect((await clone.verify()).findings).toMatchObject([{ problem: 'cut' }]);
  await clone.run('deploy-1');
  const { findings } = await clone.verify();
  expect(before.findings).toEqual([]);
  expect(findings[0]?.message).toMatch(/last entry of deploy-1, .* is not here/);
  // Entries are kept for 30 days: then the old one would be gone anyway.
  expect((await clone.verify({ now: Date.now() + 29.9 * dayMs })).findings).toHaveLength(1);
  expect((await clone.verify({ now: Date.now() + 30.1 * dayMs })).findings).toEqual([]);
});

it('names the last entry where that was changed, although its anchor is missing as well', async () => {
  const clone = await Clone.create();
  await clone.run('deploy-1');
  clone.rewrite((lines) => lines.with(2, `${lines[2]?.slice(0, -1)}x`));
  expect((await clone.verify()).findings).toMatchObject([
    { problem: 'changed', message: `${name}:3 was changed: it is no entry any more.` },
  ]);
});

describe('a journal that was rewritten with the same tools', () => {
  let clone: Clone;
  beforeEach(async () => {
    clone = await Clone.create();
    for (const run of ['deploy-1', 'deploy-2']) await clone.run(run);
  });

  /** Writes each entry again with another name in it, as part of a correct chain. */
  function rewriteAll(): void {
    let prev: string[] = [];
    clone.rewrite((lines) =>
      lines.map((line) => {
        const { chain: _, ...entry } = JSON.parse(line.replaceAll('shop', 'cart')) as Chained;
        const written = chained(entry, prev);
        prev = [written.chain.hash];
        return JSON.stringify(written);
      }),
    );
  }

  it('is found although its clone has another name since, and has anchored it again', async () => {
    rewriteAll();
    git(clone.root, 'update-ref', '-d', 'refs/skills/clone');
    await clone.run('deploy-3');
    expect((await clone.verify()).findings).toMatchObject([
      { problem: 'cut', message: expect.stringContaining('last entry of deploy-1') as string },
    ]);
  });

  it('is not proven by anchors that came later', async () => {
    rewriteAll();
    for (const ref of ['clone', 'journal']) git(clone.root, 'update-ref', '-d', `refs/skills/${ref}`);
    await clone.run('deploy-3');
    expect((await clone.verify()).unchecked.at(-1)).toMatch(
      /^deploy-1, and 1 more ended before the first anchor of this journal, and have no anchor of their own/,
    );
  });

  it('is found although git shows other anchors in place of those that were written', async () => {
    const [, anchored] = git(clone.root, 'rev-list', '--reverse', 'refs/skills/journal').split('\n');
    const { entries } = await clone.verify();
    rewriteAll();
    const lines = readFileSync(clone.journal.path, 'utf8').split('\n');
    const tip = (JSON.parse(lines[entries - 1] ?? '') as Chained).chain.hash;
    const about = git(clone.root, 'log', '-1', '--format=%s', anchored ?? '').trim();
    const forged = JSON.stringify({ ...(JSON.parse(about) as object), tips: [tip] });
    const commit = git(clone.root, 'commit-tree', '-m', forged, `${anchored}^{tree}`).trim();
    git(clone.root, 'replace', anchored ?? '', commit);
    expect((await clone.verify()).findings).toMatchObject([{ problem: 'cut' }]);
  });
});

it('finds that the first entries were removed, which are not old enough to be deleted', async () => {
  const clone = await Clone.create();
  await clone.run('deploy-1');
  clone.rewrite((lines) => lines.slice(1));
  expect((await clone.verify()).findings).toMatchObject([
    { problem: 'removed', message: expect.stringContaining(`${name}:1 (finished`) as string },
  ]);
});

it('takes no entries for removed that were deleted when they were a month old, however long the pause after them', async () => {
  const clone = await Clone.create();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 31 * dayMs });
  onTestFinished(() => void vi.useRealTimers());
  await clone.run('deploy-1');
  vi.setSystemTime(Date.now() + 20 * dayMs);
  await clone.run('deploy-2');
  clone.rewrite((lines) => lines.slice(3));
  const now = Date.now() + 11 * dayMs;
  expect(await clone.verify({ now })).toMatchObject({ continues: true, entries: 3, findings: [] });
  expect((await clone.verify({ now: now - 2 * dayMs })).findings).toMatchObject([
    { problem: 'removed' },
    { problem: 'cut' },
  ]);
});

it('says what it could not check: without origin, and with one that does not answer', async () => {
  const clone = await Clone.create();
  await clone.run('deploy-1');
  const only =
    'Only the anchors of this clone were compared: whoever can write to this clone could have rewritten them';
  expect((await clone.verify()).unchecked[0]).toMatch(`The repository has no origin. ${only}`);
  git(clone.root, 'remote', 'add', 'origin', join(clone.root, 'gone'));
  const verified = await clone.verify();
  expect(verified).toMatchObject({ entries: 3, anchors: 1, findings: [] });
  expect(verified.unchecked[0]).toMatch(/^Could not read from origin what anchors the journal/);
  expect(verified.unchecked[0]).toContain(only);
});

it('finds that anchors are missing, and none in a folder without git', async () => {
  const clone = await Clone.create();
  await clone.run('deploy-1');
  git(clone.root, 'update-ref', '-d', 'refs/skills/journal');
  expect((await clone.verify()).findings).toMatchObject([{ problem: 'not anchored' }]);
  const folder = await tempDirectory();
  const journal = new ChainedJournal(join(folder, name));
  journal.append({ type: 'run-finished', at: new Date().toISOString() });
  await anchor(journal, { root: folder, run: 'deploy-1', remote: undefined });
  const options = { root: folder, journal: journal.path, elsewhere: false, now: Date.now() };
  expect(await verifyJournal(options)).toMatchObject({ entries: 1, findings: [] });
});

it('keeps the anchors of all clones on their remote, where a local rewrite does not reach them', async () => {
  const origin = await tempDirectory();
  git(origin, 'init', '-q', '--bare', '-b', 'main');
  const first = await Clone.create(origin);
  git(first.root, 'commit', '-q', '--allow-empty', '-m', 'first');
  git(first.root, 'push', '-q', 'origin', 'HEAD:main');
  const second = await Clone.create(origin);
  await first.run('deploy-1', 'origin');
  await Promise.all([second.run('deploy-2', 'origin'), first.run('deploy-3', 'origin')]);
  for (const clone of [first, second]) expect((await clone.verify()).findings).toEqual([]);
  expect(git(origin, 'log', '--format=%s', 'refs/skills/journal')).toMatch(
    /deploy-3[^]*deploy-1|deploy-1[^]*deploy-3/,
  );

  // The journal of a pipeline, which another clone has.
  const elsewhere = { elsewhere: true, journal: first.journal.path };
  expect(await second.verify(elsewhere)).toMatchObject({ entries: 6, anchors: 2, findings: [] });

  first.rewrite((lines) => lines.slice(0, 3));
  const history = git(first.root, 'rev-list', '--reverse', 'refs/skills/journal').split('\n');
  git(first.root, 'update-ref', 'refs/skills/journal', history[0] ?? '');
  git(first.root, 'update-ref', '-d', 'refs/skills/journal-of-remote');
  expect((await first.verify()).findings[0]?.message).toContain('last entry of deploy-3');
});
