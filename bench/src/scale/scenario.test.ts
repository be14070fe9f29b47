import { describe, expect, it } from 'vitest';
import { durationOf, earliestEnd, fails, slowestDeploy, writesOrSlowest } from './scenario.js';

const minutes = 60_000;

describe('the limits that a fleet is measured against', () => {
  it('are the slowest deployment while all writes leave at once', () => {
    expect(earliestEnd({ apps: 250, deploys: 'equal' })).toBe(5 * minutes);
    expect(writesOrSlowest({ apps: 250, deploys: 'equal' })).toBe(5 * minutes);
  });

  it('are three minutes later where the last of a thousand writes leaves after three', () => {
    expect(earliestEnd({ apps: 1000, deploys: 'equal' })).toBe(8 * minutes);
    expect(earliestEnd({ apps: 1000, deploys: 'short' })).toBe(3.5 * minutes);
    expect(writesOrSlowest({ apps: 1000, deploys: 'short' })).toBe(4 * minutes);
  });

  it('know the spread of durations, the same each time, from one minute to five', () => {
    const scenario = { apps: 1000, deploys: 'spread' } as const;
    const durations = Array.from({ length: 1000 }, (_, index) => durationOf(scenario, index));
    expect(durations).toEqual(Array.from({ length: 1000 }, (_, index) => durationOf(scenario, index)));
    expect(Math.min(...durations)).toBeLessThan(1.1 * minutes);
    expect(slowestDeploy(scenario)).toBeGreaterThan(4.9 * minutes);
    const mean = durations.reduce((sum, one) => sum + one, 0) / 1000;
    expect(mean / minutes).toBeCloseTo(3, 0);
  });
});

it('so many fail as are to fail', () => {
  const failing = (share: number) =>
    Array.from({ length: 1000 }, (_, index) =>
      fails({ apps: 1000, deploys: 'equal', failing: share }, index),
    ).filter(Boolean).length;
  expect([failing(0), failing(0.05)]).toEqual([0, 50]);
});
