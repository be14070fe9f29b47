import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SteadyCount, steadyMs } from './steady-count.js';
import { type Measured, wantedCount } from './wanted-count.js';

const periodMs = 15_000;
const counts = { least: 1, most: 10 };

type Rules = Parameters<typeof wantedCount>[0];

/** Lets periods pass for a service, whose load follows from how many instances it has; returns how many it had in each. */
function history(rules: Rules, periods: number, at: (count: number) => Omit<Measured, 'count'>): number[] {
  const steady = new SteadyCount();
  let count = 1;
  return Array.from({ length: periods }, (_, period) => {
    const measured = { count, ...at(count) };
    const wanted = wantedCount(rules, measured);
    count = (wanted && steady.settle(wanted, measured, counts, period * periodMs)?.count) ?? count;
    return count;
  });
}

const changes = (all: readonly number[]): number =>
  all.filter((one, at) => at > 0 && one !== all[at - 1]).length;

describe('the number of instances', () => {
  it('of a constant load rises to what it needs within two periods, and then stays', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 10, max: 100 }),
        (perSecond, target) => {
          const rules = { metrics: { requests_per_second: { per_instance: target } } };
          const all = history(rules, 100, () => ({ requestsPerSecond: perSecond }));
          const needed = Math.min(counts.most, Math.ceil(perSecond / target / 1.1 - 1e-9));
          expect(all[1]).toBeGreaterThanOrEqual(needed);
          expect(changes(all.slice(1))).toBe(0);
        },
      ),
    );
  });

  it('does not go up and down by turns where fewer instances are too slow', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 10 }), fc.integer({ min: 1, max: 1000 }), (enough, perSecond) => {
        const rules = { metrics: { request_duration: { p95_milliseconds: 500 } } };
        const all = history(rules, 400, (count) => ({
          requestsPerSecond: perSecond,
          p95Ms: count < enough ? 1500 : 40,
        }));
        expect(all.at(-1)).toBeGreaterThanOrEqual(enough);
        expect(changes(all.slice(-100))).toBe(0);
      }),
    );
  });

  it('falls only after five minutes without a need for more, whatever the load did in between', () => {
    const steady = new SteadyCount();
    const rules = { metrics: { cpu: { percent: 50 } } };
    const at = (minutes: number, count: number, cpuPercent: number) => {
      const measured = { count, cpuPercent };
      const wanted = wantedCount(rules, measured);
      return wanted && steady.settle(wanted, measured, counts, minutes * 60_000)?.count;
    };
    expect(at(0, 1, 190)).toBe(4);
    expect(at(1, 4, 10)).toBeUndefined();
    expect(at(4, 4, 30)).toBeUndefined();
    expect(at(5.1, 4, 10)).toBe(3);
    expect(at(steadyMs / 60_000 + 4.1, 3, 10)).toBe(1);
  });

  it('is that of the metric that wants the most, between the least and the most of the spec', () => {
    const rules = { metrics: { cpu: {}, requests_per_second: { per_instance: 10 } } };
    expect(wantedCount(rules, { count: 2, cpuPercent: 160, requestsPerSecond: 30 })).toMatchObject({
      count: 4,
      metric: 'cpu',
    });
    expect(wantedCount(rules, { count: 2, cpuPercent: 5, requestsPerSecond: 30 })).toMatchObject({
      count: 3,
      metric: 'requests_per_second',
    });
    expect(wantedCount({}, { count: 2 })).toBeUndefined();
    expect(wantedCount({}, { count: 1, cpuPercent: 160 })?.metric).toBe('cpu');
    const steady = new SteadyCount();
    const measured = { count: 8, cpuPercent: 100 };
    const wanted = { count: 16, metric: 'cpu' as const, because: '' };
    expect(steady.settle(wanted, measured, counts, 0)?.count).toBe(10);
  });
});
