import { setImmediate as later } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { KeyedQueue } from './keyed-queue.js';

const never = new AbortController().signal;

/** Work that continues until it is aborted, and reports that it began. */
function openEnded(began: string[], name: string) {
  let end = () => {};
  const promise = new Promise<void>((resolve) => (end = resolve));
  const work = () => {
    began.push(name);
    return promise;
  };
  return { end: () => end(), work };
}

it('runs one task at a time per key, in order, even after one that failed', async () => {
  const queue = new KeyedQueue();
  const began: string[] = [];
  const first = openEnded(began, 'first');
  const runs = [
    queue.run('a', never, first.work),
    queue.run('a', never, async () => Promise.reject(new Error('second failed'))),
    queue.run('a', never, async () => void began.push('third')),
    queue.run('b', never, async () => void began.push('another key')),
  ];
  const settled = Promise.allSettled(runs);
  await runs[3];
  expect(began).toEqual(['first', 'another key']);
  first.end();
  expect((await settled).map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
  ]);
  expect(began).toEqual(['first', 'another key', 'third']);
});

it('releases an aborted waiter at once, and lets no one overtake the running task', async () => {
  const queue = new KeyedQueue();
  const began: string[] = [];
  const first = openEnded(began, 'first');
  const running = queue.run('a', never, first.work);
  const given = new AbortController();
  const waiting = queue.run('a', given.signal, async () => void began.push('given up'));
  given.abort(new Error('cancelled'));
  await expect(waiting).rejects.toThrow('cancelled');
  const next = queue.run('a', never, async () => void began.push('next'));
  await later();
  expect(began).toEqual(['first']);
  first.end();
  await Promise.all([running, next]);
  expect(began).toEqual(['first', 'next']);
});
