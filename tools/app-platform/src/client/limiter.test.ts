import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../clocks.test.support.js';
import { RateLimiter } from './limiter.js';

const MINUTE = 60_000;
const HOUR = 3_600_000;

/** Sends that many callers through, and notes when each was let through. */
function callers(limiter: RateLimiter, clock: ManualClock, count: number): number[] {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) void limiter.acquire().then(() => times.push(clock.now()));
  return times;
}

/** The most calls in any window of that length. */
function busiest(times: readonly number[], window: number): number {
  return Math.max(
    0,
    ...times.map((start) => times.filter((time) => time >= start && time < start + window).length),
  );
}

describe('the limiter', () => {
  it('lets 250 calls through at once and the next one after a minute', async () => {
    const clock = new ManualClock();
    const start = clock.now();
    const times = callers(new RateLimiter({ clock }), clock, 251);
    await clock.turn(MINUTE - 1);
    expect(times).toHaveLength(250);
    await clock.turn(1);
    expect(times.at(250)).toBe(start + MINUTE);
  });

  it('never lets more than 5,000 through in an hour', async () => {
    const clock = new ManualClock();
    const times = callers(new RateLimiter({ clock }), clock, 5_100);
    await clock.turn(HOUR - 1);
    expect(times).toHaveLength(5_000);
    await clock.turn(HOUR);
    expect(times).toHaveLength(5_100);
  });

  it('holds its limits in every window, whenever calls come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(8), fc.nat(30_000)), { maxLength: 30 }), async (bursts) => {
        const clock = new ManualClock();
        const limiter = new RateLimiter({ clock, perMinute: 5, perHour: 20 });
        const times: number[][] = [];
        for (const [count, pause] of bursts) {
          times.push(callers(limiter, clock, count));
          await clock.turn(pause);
        }
        await clock.turn(20 * HOUR);
        const all = times.flat();
        expect(all).toHaveLength(bursts.reduce((sum, [count]) => sum + count, 0));
        expect(busiest(all, MINUTE)).toBeLessThanOrEqual(5);
        expect(busiest(all, HOUR)).toBeLessThanOrEqual(20);
      }),
      { numRuns: 30 },
    );
  });

  it('is fair: first come, first served', async () => {
    const clock = new ManualClock();
    const limiter = new RateLimiter({ clock, perMinute: 1 });
    const order: number[] = [];
    for (let index = 0; index < 5; index += 1) void limiter.acquire().then(() => order.push(index));
    await clock.turn(5 * MINUTE);
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  it('lets an aborted caller go at once, and the next one takes its place', async () => {
    const clock = new ManualClock();
    const limiter = new RateLimiter({ clock, perMinute: 1 });
    await limiter.acquire();
    const controller = new AbortController();
    const aborted = limiter.acquire(controller.signal);
    const next = callers(limiter, clock, 1);
    controller.abort(new Error('stopped'));
    await expect(aborted).rejects.toThrow('stopped');
    await clock.turn(MINUTE);
    expect(next).toHaveLength(1);
  });

  it('waits for the reset when a reply says that nothing remains', async () => {
    const clock = new ManualClock();
    const limiter = new RateLimiter({ clock });
    limiter.observe({ remaining: 0, resetAt: clock.now() + 5_000 });
    const times = callers(limiter, clock, 1);
    await clock.turn(4_999);
    expect(times).toEqual([]);
    await clock.turn(1);
    expect(times).toHaveLength(1);
  });
});
