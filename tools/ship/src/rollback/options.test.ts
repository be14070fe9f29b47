import { expect, it } from 'vitest';
import { checkTogether, rollbackOptions } from './options.js';

const check = (given: object) => () => checkTogether(rollbackOptions.parse(given));

it.each([{}, { to: 'd', pin: true }, { failed: true, deleteIfFirst: true }, { commit: true }])(
  'go together: %o',
  (given) => expect(check(given)).not.toThrow(),
);

it.each([
  { commit: true, revert: true },
  { commit: true, to: 'd' },
  { revert: true, pin: true },
  { to: 'd', failed: true },
  { pin: true, deleteIfFirst: true },
])('contradict each other: %o', (given) =>
  expect(check(given)).toThrow(/--\w+ and --\w+ contradict each other/),
);
