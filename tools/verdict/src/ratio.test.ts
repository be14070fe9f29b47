import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { ratioOf } from './ratio.js';

/** The highest odds that are seen when it is looked at after every tenth client. */
function worst(seed: number, share: number, reaches: number, clients: number): number {
  const random = xoroshiro128plus(seed);
  // Generators of small seeds begin alike; far ahead they do not.
  random.jump();
  const seen = { live: 0, canary: 0 };
  let most = 0;
  for (let i = 0; i < clients; i++) {
    const isCanary = uniformFloat64(random) < share;
    if (!isCanary) seen.live++;
    else if (uniformFloat64(random) < reaches) seen.canary++;
    if (i % 10 === 9) most = Math.max(most, ratioOf([{ share, ...seen }]).odds);
  }
  return most;
}

describe('the ratio of clients', () => {
  it('is off for no reason in no more experiments than the odds say', () => {
    for (const share of [0.01, 0.1, 0.5, 0.9]) {
      const off = Array.from({ length: 200 }, (_, seed) => worst(seed, share, 1, 5_000)).filter(
        (odds) => odds >= 10,
      );
      expect(off.length).toBeLessThanOrEqual(200 / 10);
    }
  });

  it('is off when one of ten clients of the canary gets no answer', () => {
    for (let seed = 0; seed < 20; seed++) expect(worst(seed, 0.5, 0.9, 20_000)).toBeGreaterThan(1000);
  });

  it('adds up what came at several weights, each by its own', () => {
    const ratio = ratioOf([
      { share: 0.1, live: 900, canary: 100 },
      { share: 0.5, live: 1000, canary: 1000 },
    ]);
    expect(ratio).toMatchObject({ live: 1900, canary: 1100, expected: 1100, isOff: false });
    expect(ratio.odds).toBeLessThan(1);
    expect(ratioOf([{ share: 0.5, live: 1000, canary: 700 }]).isOff).toBe(true);
    expect(ratioOf([])).toEqual({ live: 0, canary: 0, expected: null, odds: 1, isOff: false });
  });
});
