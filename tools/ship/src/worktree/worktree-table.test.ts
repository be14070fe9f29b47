import type { Standing } from '@odoobo/git-flow';
import pc from 'picocolors';
import { expect, it } from 'vitest';
import { standingTable, worktreeTable } from './worktree-table.js';

const look = { style: pc.createColors(false), columns: Infinity };
const at = (skill: string) => ({ skill, branch: `skill/${skill}`, path: `/trees/${skill}` });

it('shows the result of each worktree, sorted, and counts them', () => {
  const results = [
    { ...at('shop'), action: 'created' as const },
    { ...at('cart'), error: new Error('in the way') },
    { ...at('auth'), action: 'kept' as const },
    { ...at('mail'), action: 'created' as const, error: new Error('not installed') },
    { ...at('gone'), action: 'absent' as const },
  ];
  expect(worktreeTable(results, look)).toBe(`
  SKILL  WORKTREE  BRANCH      PATH
  auth   kept      skill/auth  /trees/auth
  cart   failed    skill/cart  /trees/cart
  gone   absent    skill/gone  -
  mail   failed    skill/mail  /trees/mail
  shop   created   skill/shop  /trees/shop

  5 skills: 1 absent, 1 created, 2 failed, 1 kept.

`);
});

it('shows the state of each branch and worktree', () => {
  const none = { commit: 'c', ahead: 0, behind: 0, unpushed: 0 };
  const standings: Standing[] = [
    {
      ...at('shop'),
      ...none,
      ahead: 2,
      behind: 1,
      worktree: { path: '/trees/shop', main: false, changes: 3, locked: '' },
    },
    { ...at('cart'), ...none, worktree: { path: '/trees/cart', main: false } },
    { ...at('auth'), ...none },
    { ...at('mail'), ...none, commit: undefined },
  ];
  const defaultBranch = { name: 'main', heads: [], start: 'c', remote: false };
  expect(standingTable(standings, defaultBranch, look)).toBe(`
  SKILL  BRANCH      AHEAD  BEHIND  UNCOMMITTED  MERGED  PATH
  auth   skill/auth  0      0       -            yes     -
  cart   skill/cart  0      0       broken       yes     /trees/cart
  mail   -           -      -       -            -       -
  shop   skill/shop  2      1       3            no      /trees/shop (locked)

  4 skills: 2 with a worktree. Ahead and behind: of main.

`);
});
