import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Routers } from './crowd.test.helper.js';
import { Probation } from './probation.js';
import { configWith } from './router.test.helper.js';

const addresses = { live: 'http://shop:8080', canary: 'http://shop-canary:8080' };
const isNight = process.env['NIGHTLY'] !== undefined;

/** How many requests each of so many rollouts cost users whose canary fails all of them, the most last. */
function costs(routers: number, weight: number, rollouts: number, verdict: object): number[] {
  const config = configWith({ ...addresses, routers, weight, verdict });
  const lost = Array.from({ length: rollouts }, (_, seed) => {
    const all = new Routers(config, { seed, atOnce: 20, heard: 0.2, failures: { live: 0, canary: 1 } });
    while (!all.areAllOut && all.requests < 20_000) all.next();
    expect(all.areAllOut).toBe(true);
    return all.failed;
  });
  return lost.sort((a, b) => a - b);
}

describe('a canary that fails every request', () => {
  it.each([1, 2, 3].flatMap((routers) => [1, 10, 50, 100].map((weight) => [routers, weight] as const)))(
    'costs at most 5 of them with %d routers at a weight of %d, with 20 at once and late news',
    (routers, weight) => {
      for (const verdict of [{}, { maxFailures: 0.02, p95: { worseBy: 0.2 } }]) {
        const rollouts = isNight ? 400 : 40;
        const lost = costs(routers, weight, rollouts, verdict);
        expect(lost[rollouts / 2]).toBeLessThanOrEqual(4);
        expect(lost[Math.floor(rollouts * 0.9)]).toBeLessThanOrEqual(5);
        expect(lost.at(-1)).toBeLessThanOrEqual(5);
      }
    },
  );
});

describe('three routers that add up what they see', () => {
  it('put out a canary that is no worse in no more rollouts than was asked', { timeout: 600_000 }, () => {
    const [rollouts, falseAborts] = isNight ? [2_000, 0.01] : [80, 0.05];
    const verdict = { falseAborts, maxFailures: 0.2, p95: { worseBy: 0.2 } };
    const config = configWith({ ...addresses, routers: 3, weight: 30, verdict });
    let aborted = 0;
    for (let seed = 0; seed < rollouts; seed++) {
      const rate = [0, 0.001, 0.01, 0.05][seed % 4] ?? 0;
      const failures = { live: rate, canary: rate };
      const all = new Routers(config, { seed, atOnce: 5, heard: 0.5, failures });
      while (!all.isOut && all.requests < 2_000) all.next();
      if (all.isOut) aborted++;
    }
    expect(aborted).toBeLessThanOrEqual(rollouts * falseAborts);
  });
});

describe('probation', () => {
  it('lets one client at a time to the canary until five good answers, but sends none back', () => {
    const probation = new Probation(1);
    expect(probation.admits(1, false)).toBe(true);
    probation.began();
    expect([probation.admits(2, false), probation.admits(2, true)]).toEqual([false, true]);
    probation.ended(undefined, 1);
    for (let good = 0; good < 5; good++) {
      expect(probation.admits(2, false)).toBe(true);
      probation.began();
      probation.ended(false, 1);
    }
    for (let i = 0; i < 10; i++) probation.began();
    expect(probation.admits(2, false)).toBe(true);
  });

  it('knows a client by its place once the canary has given it a good answer, and only then', () => {
    const probation = new Probation(1);
    probation.began();
    expect(probation.admits(1, false)).toBe(false);
    probation.ended(false, 1);
    probation.began();
    expect([probation.admits(1, false), probation.admits(2, false)]).toEqual([true, false]);
  });

  it('lets eight requests to live come before the next one when the canary, or that of another router, has failed', () => {
    const failed = new Probation(1);
    failed.began();
    failed.ended(true, 1);
    const warned = new Probation(1);
    warned.warn(1, 0);
    for (const probation of [failed, warned]) {
      for (let live = 0; live < 8; live++) {
        expect([probation.admits(1, false), probation.admits(1, true)]).toEqual([false, false]);
        probation.sawLive();
      }
      expect(probation.admits(1, false)).toBe(true);
    }
  });

  it('lets the first of several routers try alone: the others begin to wait anew at each of its failures', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const second = new Probation(2);
    const isPatientAfter = (ms: number, live: number): boolean => {
      vi.advanceTimersByTime(ms);
      for (let i = 0; i < live; i++) second.sawLive();
      return second.admits(1, false);
    };
    second.warn(1, 1);
    expect(isPatientAfter(400, 1000)).toBe(false);
    second.warn(2, 1);
    expect(isPatientAfter(400, 1000)).toBe(false);
    // A word without news changes nothing.
    second.warn(2, 1);
    expect(isPatientAfter(100, 0)).toBe(true);
  });

  it('waits for a word of each other router after each failure, since all may have met one', () => {
    const probation = new Probation(3);
    for (const failure of [1, 2]) {
      probation.began();
      probation.ended(true, failure);
      for (let live = 0; live < 100; live++) probation.sawLive();
      for (const router of ['a', 'a', 'b']) {
        expect(probation.admits(1, false)).toBe(false);
        probation.heard(router);
      }
      expect(probation.admits(1, false)).toBe(true);
    }
  });
});
