import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { abortable, DeadlineError, durationMs, startDeadline, systemClock, withDeadline } from './time.js';

const never = new Promise<never>(() => undefined);

describe('the system clock', () => {
  it('sleeps for the time given', async () => {
    const start = performance.now();
    await systemClock.sleep(30);
    expect(performance.now() - start).toBeGreaterThan(25);
  });

  it.each(['before', 'during'])(
    'rejects with the reason of a signal that aborts %s the sleep',
    async (when) => {
      const controller = new AbortController();
      const reason = new Error('the user pressed Ctrl-C');
      if (when === 'before') controller.abort(reason);
      const sleep = systemClock.sleep(60_000, controller.signal);
      controller.abort(reason);
      await expect(sleep).rejects.toBe(reason);
    },
  );
});

describe('startDeadline', () => {
  it('aborts its signal when the time is up', async () => {
    const { signal, passed } = startDeadline(systemClock, 10);
    await once(signal, 'abort');
    expect(signal.reason).toBe(passed);
    expect(passed).toEqual(new DeadlineError(10));
  });

  it('aborts its signal with the reason of the outer signal', () => {
    const outer = new AbortController();
    const { signal, clear } = startDeadline(systemClock, 60_000, outer.signal);
    outer.abort('stop');
    expect(signal.reason).toBe('stop');
    clear();
  });

  it('does not abort after it was cleared', async () => {
    const { signal, clear } = startDeadline(systemClock, 10);
    clear();
    await systemClock.sleep(30);
    expect(signal.aborted).toBe(false);
  });
});

describe('withDeadline', () => {
  it('returns what the work returns, and then aborts what the work left behind', async () => {
    let left: AbortSignal | undefined;
    const work = async (signal: AbortSignal): Promise<string> => {
      left = signal;
      return 'done';
    };
    expect(await withDeadline(60_000, undefined, work)).toBe('done');
    expect(left?.aborted).toBe(true);
  });

  it('rejects with a DeadlineError when the time is up', async () => {
    const work = withDeadline(10, undefined, (signal) => abortable(never, signal));
    await expect(work).rejects.toThrow(new DeadlineError(10));
  });
});

describe('abortable', () => {
  it('passes on what the work does', async () => {
    const { signal } = new AbortController();
    expect(await abortable(Promise.resolve('done'), signal)).toBe('done');
    await expect(abortable(Promise.reject(new Error('failed')), signal)).rejects.toThrow('failed');
    expect(await abortable(Promise.resolve('done'), undefined)).toBe('done');
  });
});

it.each([
  ['1h30m', 5_400_000],
  ['1.5m', 90_000],
  ['250ms', 250],
  ['0s', 0],
  ['30', undefined],
  ['1h 30m', undefined],
  ['-1s', undefined],
  ['', undefined],
])('reads the duration %j as Go does', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});
