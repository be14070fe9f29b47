import { describe, expect, it } from 'vitest';
import { earliestEnd, slowestDeploy, writesOrSlowest } from './earliest-end.js';
import { durationOf, expectedEnd, type Scenario } from './scenario.js';

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

  it('know that a wave begins when the one before is live', () => {
    const waves = [1, 2, 2, 3, 3];
    expect(earliestEnd({ apps: 50, deploys: 'short', waves })).toBe(3 * 0.5 * minutes);
    // All 200 first ones, 50 of the second wave, and so on at each half minute.
    expect(earliestEnd({ apps: 1000, deploys: 'short', waves })).toBe(4 * minutes);
    expect(earliestEnd({ apps: 5, deploys: 'short', waves, failing: 1 })).toBe(0.5 * minutes);
  });
});

it('so many fail as are to fail', () => {
  const failing = (share: number) =>
    ends({ apps: 1000, deploys: 'equal', failing: share }).filter((end) => end !== 'live').length;
  expect([failing(0), failing(0.05)]).toEqual([0, 50]);
});

it('an app is held where one of an earlier wave of its skill fails or is held', () => {
  const failed = 'DeployContainerHealthChecksFailed';
  const held = 'EarlierWaveFailed';
  expect(ends({ apps: 8, deploys: 'short', failing: 1 / 5, waves: [1, 2, 2, 3] })).toEqual([
    ...[failed, held, held, held],
    ...['live', failed, 'live', held],
  ]);
});

function ends(scenario: Scenario): string[] {
  return Array.from({ length: scenario.apps }, (_, index) => expectedEnd(scenario, index));
}
