import { expect, it } from 'vitest';
import { highestServed, untilServed } from './needed.js';

const limits = { p95Ms: 100, most: 4 };

it('takes as many instances as it needs to be fast, and without a failure', async () => {
  const fastWith = (enough: number, failed = 0) =>
    untilServed(
      async (instances) => ({
        instances,
        p95Ms: instances < enough ? 900 : 20,
        failed: instances < 2 ? failed : 0,
      }),
      limits,
    );
  expect((await fastWith(3)).map(({ instances }) => instances)).toEqual([1, 2, 3]);
  expect(await fastWith(1)).toHaveLength(1);
  expect(await fastWith(1, 5)).toHaveLength(2);
  expect(await fastWith(9)).toHaveLength(4);
});

it('finds the highest rate that is served, to a tenth', async () => {
  const highestBelow = (limit: number) => highestServed(async (rate) => rate <= limit, 10, 320);
  for (const limit of [10, 11, 45, 50, 79, 200]) {
    const found = await highestBelow(limit);
    expect(found).toBeLessThanOrEqual(limit);
    expect(found).toBeGreaterThanOrEqual(limit / 1.1 - 1);
  }
  expect(await highestBelow(9)).toBe(0);
  expect(await highestBelow(1_000)).toBe(320);
});
