import { expect, it } from 'vitest';
import { showSinceDeployed } from './since-deployed.js';

const commit = 'e9e3f30aa1b2c3d4e5f60718293a4b5c6d7e8f90';

it.each([
  [{ commit, commits: 0, files: [] }, 'since e9e3f30aa1b2 was live: no change'],
  [{ commit, commits: 1, files: ['a'] }, 'since e9e3f30aa1b2 was live: 1 commit; a'],
  [
    { commit, commits: 2, files: ['a', 'b', 'c', 'd', 'e'] },
    'since e9e3f30aa1b2 was live: 2 commits; a, b, c, and 2 more',
  ],
  [{ unknown: 'not here' }, 'since it was live: unknown, not here'],
])('shows %j', (since, shown) => {
  expect(showSinceDeployed(since)).toBe(shown);
});
