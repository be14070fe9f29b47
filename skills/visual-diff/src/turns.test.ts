import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Turns } from './turns.js';

const never = new AbortController().signal;

it('lets one work at a time, in the order in which they came, also after one that failed', async () => {
  const turns = new Turns();
  const done: number[] = [];
  let working = 0;
  const work = (n: number) =>
    turns.take(never, async () => {
      expect(++working).toBe(1);
      await turnOfTheLoop();
      working--;
      done.push(n);
      if (n === 2) throw new Error('failed');
      return n;
    });
  const results = await Promise.allSettled([1, 2, 3].map(work));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(done).toEqual([1, 2, 3]);
});

it('passes over one that has gone while it waited', async () => {
  const turns = new Turns();
  const gone = new AbortController();
  const first = turns.take(never, turnOfTheLoop);
  let worked = false;
  const second = turns.take(gone.signal, async () => {
    worked = true;
  });
  gone.abort(new Error('gone'));
  await expect(second).rejects.toThrow('gone');
  await first;
  expect(worked).toBe(false);
});
