import { git } from '@odoobo/machine/git';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Repository, tempDirectory } from '../test-support/repository.js';
import { importCommits, type ImportedCommit } from './fast-import.test.helper.js';
import { UnmergedCommits } from './unmerged.js';

const mostCommits = 12;

/** Any history, with wrong clocks: each commit has up to two parents among the earlier ones, and a date. */
const history = fc
  .array(fc.record({ parents: fc.uniqueArray(fc.nat(mostCommits), { maxLength: 2 }), date: fc.nat(20) }), {
    minLength: 4,
    maxLength: mostCommits,
    size: 'max',
  })
  .map((commits) =>
    commits.map(({ parents, date }, index): ImportedCommit => {
      const before = parents
        .map((parent) => (index === 0 ? -1 : parent % index))
        .filter((parent) => parent >= 0);
      return { parents: [...new Set(before)], date, files: new Map() };
    }),
  );

/** The history with merges of some of its commits on top of its last one, one after another. */
function withMerges(commits: readonly ImportedCommit[], heads: readonly number[]): ImportedCommit[] {
  const base = commits.length - 1;
  const merges = heads.map((head, index) => ({
    parents: [base + index, head],
    date: index,
    files: new Map(),
  }));
  return [...commits, ...merges];
}

it('knows what is merged, and the merge base where there is only one, whatever the history', async () => {
  const { directory: cwd } = await Repository.create(await tempDirectory());
  let found = 0;
  let unrelated = 0;
  await fc.assert(
    fc.asyncProperty(
      history,
      fc.array(fc.nat(mostCommits), { minLength: 3, maxLength: 4 }),
      async (commits, picks) => {
        const places = picks.map((pick) => pick % commits.length);
        const hashes = await importCommits(cwd, withMerges(commits, places));
        const tips = hashes.slice(commits.length - 1);
        const heads = places.map((place) => hashes[place] ?? '');
        const unmerged = await UnmergedCommits.read(tips[0] ?? '', heads, { cwd });
        for (const [index, head] of heads.entries()) {
          const { stdout } = await git(['merge-base', '--all', tips[index] ?? '', head], { cwd });
          const bases = stdout.split('\n').filter(Boolean);
          expect(unmerged.has(head)).toBe(bases[0] !== head);
          expect(unmerged.isUnrelated(head)).toBe(bases.length === 0);
          const base = unmerged.mergeBase(head);
          if (base) expect(bases).toEqual([base]);
          found += base ? 1 : 0;
          unrelated += bases.length === 0 ? 1 : 0;
          unmerged.markMerged(head);
        }
      },
    ),
    { numRuns: 15 },
  );
  expect(found).toBeGreaterThan(0);
  expect(unrelated).toBeGreaterThan(0);
}, 60_000);

it('does not take merged commits for unmerged ones where clocks were wrong', async () => {
  const { directory: cwd } = await Repository.create(await tempDirectory());
  const files = new Map();
  // According to its clock, the fork is newer than all commits on top of it: more than git checks by itself.
  const builtOnFork = Array.from({ length: 20 }, (_, index) => ({ parents: [index + 1], date: 1, files }));
  const hashes = await importCommits(cwd, [
    { parents: [], date: 8, files },
    { parents: [0], date: 9, files },
    ...builtOnFork,
    { parents: [1], date: 9, files },
  ]);
  const [base = '', head = ''] = hashes.slice(-2);
  const unmerged = await UnmergedCommits.read(base, [head], { cwd });
  expect(unmerged.mergeBase(head)).toBe(hashes[1]);
});
