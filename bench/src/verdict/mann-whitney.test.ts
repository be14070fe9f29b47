import { expect, it } from 'vitest';
import { MannWhitney } from './mann-whitney.js';
import { Random } from './random.js';

const random = new Random(1);
const values = Array.from({ length: 60 }, () => 100 + 5 * random.normal());

/** After how many pairs the test says that the canary is higher. */
function looksUntilHigh(factor: number): number | undefined {
  const test = new MannWhitney();
  for (let i = 0; i < 30; i++) {
    test.add(values[i] ?? 0, factor * (values[30 + i] ?? 0));
    if (test.isHigh) return i + 1;
  }
  return undefined;
}

it('says that a canary is high that is higher by half, from the first look on at which a rank test of 98 % can', () => {
  expect(looksUntilHigh(1.5)).toBe(5);
});

it('says nothing of one that is the same', () => {
  expect(looksUntilHigh(1)).toBeUndefined();
});
