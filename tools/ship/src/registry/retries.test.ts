import { expect, it } from 'vitest';
import { RegistryError } from './registry-error.js';
import { retried } from './retries.js';

/** A clock whose waits end at once, except the deadline, which never passes. */
function clockOf(deadlineMs: number) {
  const waits: number[] = [];
  const sleep = (ms: number): Promise<void> => {
    if (ms === deadlineMs) return new Promise(() => {});
    waits.push(ms);
    return Promise.resolve();
  };
  return { clock: { now: () => 0, sleep }, waits };
}

const busy = (afterMs?: number) =>
  new RegistryError('busy', { code: 'RegistryUnavailable', status: 429, again: true, afterMs });

it('waits as long as the registry asks, and continues', async () => {
  const { clock, waits } = clockOf(60_000);
  const answers = [busy(7_000), busy(1_000)];
  const work = async () => {
    const error = answers.shift();
    if (error) throw error;
    return 'done';
  };
  expect(await retried('it', { timeoutMs: 60_000, clock }, work)).toBe('done');
  expect(waits).toEqual([7_000, 1_000]);
});

it('does not wait if the wait exceeds the deadline', async () => {
  const { clock, waits } = clockOf(60_000);
  const work = () => Promise.reject(busy(3_600_000));
  await expect(retried('it', { timeoutMs: 60_000, clock }, work)).rejects.toThrow('busy');
  expect(waits).toEqual([]);
});

it('gives up after five attempts, and at once if a retry cannot help', async () => {
  const { clock, waits } = clockOf(60_000);
  const options = { timeoutMs: 60_000, clock };
  await expect(retried('it', options, () => Promise.reject(busy()))).rejects.toThrow('busy');
  expect(waits).toHaveLength(4);
  const denied = new RegistryError('denied', { code: 'RegistryRefused', status: 403 });
  await expect(retried('it', options, () => Promise.reject(denied))).rejects.toThrow('denied');
  expect(waits).toHaveLength(4);
});

it('aborts a hanging call at the deadline, and names it', async () => {
  const hangs = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  const pushing = retried('acme/shop: could not push', { timeoutMs: 5 }, hangs);
  await expect(pushing).rejects.toMatchObject({
    code: 'RegistryUnreachable',
    message: expect.stringContaining('acme/shop: could not push: not done within 0.005 s') as string,
  });
});
