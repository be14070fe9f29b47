import { expect, it } from 'vitest';
import { untilServed } from './needed.js';

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
