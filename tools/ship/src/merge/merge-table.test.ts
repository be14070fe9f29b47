import pc from 'picocolors';
import { expect, it } from 'vitest';
import type { SkillMerge } from './merge-run.js';
import { mergeTable } from './merge-table.js';

const plain = { style: pc.createColors(false), columns: Infinity };
const hash = (digit: string) => digit.repeat(40);

const results: SkillMerge[] = [
  {
    skill: 'word-count',
    outcome: 'refused',
    branch: 'skill/word-count',
    reason: 'skill/word-count conflicts with main',
  },
  { skill: 'echo', outcome: 'nothing', why: 'skill/echo is already merged' },
  {
    skill: 'pr-review',
    outcome: 'merged',
    branch: 'skill/pr-review',
    head: hash('a'),
    mergeCommit: hash('b'),
    proof: {
      environment: 'local',
      deployment: 'd-1',
      digest: `sha256:${'c'.repeat(64)}`,
      url: 'http://x',
      verifiedAt: '',
    },
  },
  { skill: 'nl-sql', outcome: 'merged', branch: 'skill/nl-sql', head: hash('d'), mergeCommit: hash('e') },
];

it('shows the result of each skill, and where the merges are', () => {
  const into = { branch: 'main', remote: 'origin' };
  const local = { follows: true, worktree: '/projects/shop' } as const;
  const report = { results: [], head: hash('e'), attempts: 1, local };
  expect(mergeTable({ results, into, report }, plain)).toBe(`
  SKILL       RESULT   BRANCH                        MERGE      DIGEST               DEPLOYMENT
  echo        nothing  skill/echo is already merged
  nl-sql      merged   skill/nl-sql ddddddddd        eeeeeeeee  -                    not verified
  pr-review   merged   skill/pr-review aaaaaaaaa     bbbbbbbbb  sha256:cccccccccccc  d-1
  word-count  refused  skill/word-count              -          -                    -

  4 skills: 2 merged, 1 refused, 1 with nothing to merge.
  On main of origin, and in /projects/shop.

`);
});

it('says why the local branch was not moved, and how to update it', () => {
  const local = {
    follows: false,
    worktree: '/projects/shop',
    why: 'main has commits of its own here',
  } as const;
  const report = { results: [], head: hash('e'), attempts: 1, local };
  const shown = mergeTable({ results, into: { branch: 'main', remote: 'origin' }, report }, plain);
  expect(shown).toContain('On main of origin. main here was not moved: main has commits of its own here.');
  expect(shown).toContain('To update it later: git -C /projects/shop pull origin main');
});

it('names no branch if nothing was merged', () => {
  const shown = mergeTable({ results: results.slice(0, 2), into: { branch: 'main' } }, plain);
  expect(shown).toMatch(/2 skills: 1 refused, 1 with nothing to merge\.\n\n$/);
});

it('says what is not pushed, and how to push it', () => {
  const report = { results: [], head: hash('e'), attempts: 1, local: { follows: true } as const };
  const shown = mergeTable({ results, into: { branch: 'main', notPushedTo: 'origin' }, report }, plain);
  expect(shown).toContain('On main of this clone.\n  Not pushed. To push it: git push origin main\n');
});
