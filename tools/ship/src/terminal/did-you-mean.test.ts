import { expect, it } from 'vitest';
import { didYouMean, nearest } from './did-you-mean.js';

const names = [
  'build',
  'deploy',
  'plan',
  'logs',
  'smoke-test',
  'smokeTest',
  'maxResponseMs',
  'design-tokens',
];

it.each([
  ['depoly', 'deploy'],
  ['dploy', 'deploy'],
  ['plna', 'plan'],
  ['biuld', 'build'],
  ['Deploy', 'deploy'],
  ['desing-tokens', 'design-tokens'],
  ['max-respons-ms', 'maxResponseMs'],
  ['smoke', 'smokeTest'],
])('corrects %s to %s', (typed, name) => {
  expect(nearest(typed, names)).toBe(name);
  expect(didYouMean(typed, names)).toBe(` Did you mean "${name}"?`);
});

it.each(['clean', 'docs', 'lint', 'e2e', 'de', ''])('finds no match for %j', (typed) => {
  expect(nearest(typed, names)).toBeUndefined();
  expect(didYouMean(typed, names)).toBe('');
});
