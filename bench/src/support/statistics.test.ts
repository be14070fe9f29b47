import { expect, it } from 'vitest';
import { median, percentile } from './statistics.js';

it('finds a value that was measured, whatever the order', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(percentile([4, 1, 3, 2], 0.99)).toBe(4);
  expect(percentile([7], 0)).toBe(7);
});

it('refuses to find one where nothing was measured', () => {
  expect(() => median([])).toThrow('no values');
});
