import { expect, it } from 'vitest';
import { checkTogether, worktreeOptions } from './options.js';

const check = (given: object) => () => checkTogether(worktreeOptions.parse(given));

it.each([{}, { sparse: true, baseFolder: '../x' }, { list: true }, { remove: true }])(
  'go together: %o',
  (given) => expect(check(given)).not.toThrow(),
);

it.each([
  { list: true, remove: true },
  { sparse: true, remove: true },
])('contradict each other: %o', (given) =>
  expect(check(given)).toThrow(/--\w+ and --\w+ contradict each other/),
);
