import { expect, it } from 'vitest';
import { percentile } from './response-time.js';

it.each([
  [[7], 50, 7],
  [[7], 95, 7],
  [[4, 1, 3, 2], 50, 2],
  [[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 95, 10],
  [Array.from({ length: 100 }, (_, index) => index + 1), 95, 95],
])('percentile of %j at %i', (values, percent, expected) => {
  expect(percentile(values, percent)).toBe(expected);
});
