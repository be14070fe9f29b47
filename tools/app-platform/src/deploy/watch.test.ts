import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pollPause } from './watch.js';

/** When a deployment that is followed from its start is polled, until so many milliseconds have passed. */
function looks(pollIntervalMs: number, calls: number, untilMs: number): number[] {
  const times = [];
  for (let now = 0; now < untilMs;) {
    now += pollPause({ pollIntervalMs, calls, followedMs: now });
    times.push(now);
  }
  return times;
}

const intervals = fc.integer({ min: 50, max: 10_000 });

describe('the pause between polls', () => {
  it('is so long that polls never take more than two calls an interval', () => {
    fc.assert(
      fc.property(intervals, fc.integer({ min: 1, max: 30 }), (pollIntervalMs, calls) => {
        const polls = looks(pollIntervalMs, calls, 3_600_000).length;
        expect(polls * calls).toBeLessThanOrEqual(2 * (3_600_000 / pollIntervalMs + calls));
      }),
    );
  });

  it('is so short that an end is seen at once, or late by a fiftieth of what the deployment took', () => {
    const durations = fc.integer({ min: 1, max: 3_600_000 });
    fc.assert(
      fc.property(intervals, durations, (pollIntervalMs, duration) => {
        const seen = looks(pollIntervalMs, 1, duration).at(-1) ?? NaN;
        expect(seen - duration).toBeLessThanOrEqual(Math.max(pollIntervalMs, duration * 0.02));
      }),
    );
  });

  it('lets a thousand deployments of five minutes be followed with a third of a call each', () => {
    expect(looks(2_000, 5, 300_000).length * 5).toBeLessThan(333);
  });
});
