import { expect, it } from 'vitest';
import { Turns } from './turns.js';

const signal = new AbortController().signal;

it('lets as many work at once as it is given, in order', async () => {
  const turns = new Turns(2);
  const ends = [await turns.take(signal), await turns.take(signal)];
  const order: number[] = [];
  const waiting = [1, 2].map(async (number) => {
    const end = await turns.take(signal);
    order.push(number);
    return end;
  });
  await Promise.resolve();
  expect(order).toEqual([]);
  ends[0]?.();
  ends[0]?.();
  await waiting[0];
  expect(order).toEqual([1]);
  ends[1]?.();
  await waiting[1];
  expect(order).toEqual([1, 2]);
});

it('forgets who no longer waits', async () => {
  const turns = new Turns(1);
  const end = await turns.take(signal);
  const gone = new AbortController();
  const left = turns.take(gone.signal);
  gone.abort(new Error('gone'));
  await expect(left).rejects.toThrow('gone');
  await expect(turns.take(gone.signal)).rejects.toThrow('gone');
  end();
  (await turns.take(signal))();
});
