import { execa } from 'execa';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Repository, tempDirectory } from '../test-support/repository.js';
import type { BranchToMerge, MergeReport } from './result.js';

const mergers = process.env['NIGHTLY'] ? 20 : 4;
const script = join(import.meta.dirname, '../../dist/test-support/merger.js');

async function merge({ directory }: Repository, branches: readonly BranchToMerge[]): Promise<MergeReport> {
  const { stdout } = await execa(process.execPath, [script, directory, JSON.stringify(branches)]);
  return JSON.parse(stdout) as MergeReport;
}

it(`lands every commit of ${mergers} mergers at once, each from a clone of its own`, async () => {
  const first = await Repository.withOrigin(await tempDirectory());
  const origin = new Repository(join(first.directory, '../origin.git'));
  // The origin itself refuses every push that would lose a commit.
  await origin.git('config', 'receive.denyNonFastForwards', 'true');
  await origin.git('config', 'core.logAllRefUpdates', 'always');
  const work = await Promise.all(
    Array.from({ length: mergers }, async (_, index) => {
      const clone = await first.clone(`clone-${index}`);
      return { clone, branch: await clone.branch(`skill-${index}`) };
    }),
  );
  const reports = await Promise.all(work.map(({ clone, branch }) => merge(clone, [branch])));
  expect(reports.flatMap(({ results }) => results.map(({ outcome }) => outcome))).toEqual(
    work.map(() => 'merged'),
  );
  const landed = (await origin.git('rev-list', 'main')).split('\n');
  for (const { branch } of work) expect(landed).toContain(branch.commit);
  for (const { results } of reports)
    for (const result of results) expect(landed).toContain('mergeCommit' in result && result.mergeCommit);
  // Exactly one merge per branch, each the only change of main: every push was a fast-forward.
  expect((await origin.git('rev-list', '--first-parent', '--merges', 'main')).split('\n')).toHaveLength(
    mergers,
  );
  expect(
    (await origin.git('reflog', 'show', '--format=%H', 'main')).split('\n').filter(Boolean),
  ).toHaveLength(mergers);
  expect(Math.max(...reports.map(({ attempts }) => attempts))).toBeLessThanOrEqual(mergers);
  for (const { clone } of work) expect(await clone.git('status', '--porcelain')).toBe('');
}, 120_000);

it('lands every commit of mergers that share a clone', async () => {
  const clone = await Repository.withOrigin(await tempDirectory());
  const branches: BranchToMerge[] = [];
  for (let index = 0; index < 4; index += 1) branches.push(await clone.branch(`skill-${index}`));
  const reports = await Promise.all(branches.map((branch) => merge(clone, [branch])));
  expect(reports.flatMap(({ results }) => results.map(({ outcome }) => outcome))).toEqual(
    branches.map(() => 'merged'),
  );
  await clone.git('fetch', '-q');
  const landed = (await clone.git('rev-list', 'origin/main')).split('\n');
  for (const { commit } of branches) expect(landed).toContain(commit);
  expect(await clone.git('status', '--porcelain')).toBe('');
}, 60_000);
