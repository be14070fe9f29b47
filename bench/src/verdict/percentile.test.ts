import { expect, it } from 'vitest';
import { percentile } from '../support/statistics.js';
import { percentileOf } from './percentile.js';
import { Random } from './random.js';

it('finds the percentile that sorting finds', () => {
  const random = new Random(1);
  for (const length of [1, 2, 3, 10, 500]) {
    for (const share of [0, 0.5, 0.95, 0.99, 1]) {
      const values = Array.from({ length }, () => Math.floor(20 * random.next()));
      expect(percentileOf(Float64Array.from(values), share)).toBe(percentile(values, share));
    }
  }
});

it('refuses to find one where nothing was measured', () => {
  expect(() => percentileOf(new Float64Array(0), 0.5)).toThrow('no values');
});
