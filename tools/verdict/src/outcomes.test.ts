import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { Outcomes } from './outcomes.js';

const hasPython = spawnSync('python3', ['--version']).status === 0;
const runs = process.env['NIGHTLY'] ? 2_000 : 200;

type Random = () => number;

function randomOf(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}

/** Box and Muller's transform. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const distributions: Record<string, (random: Random) => number> = {
  normal,
  'a signup of every tenth': (random) => (random() < 0.1 ? 1 : 0),
  'a signup of every fiftieth': (random) => (random() < 0.02 ? 1 : 0),
  'log-normal': (random) => Math.exp(normal(random)),
  'a purchase of every twentieth': (random) => (random() < 0.05 ? Math.exp(3 + normal(random)) : 0),
};

/** Looks after every tenth of 3,000 requests. @returns whether the interval ever missed the true difference. */
function misses(
  draw: (random: Random) => number,
  { seed, share, worth = 0 }: { seed: number; share: number; worth?: number },
): boolean {
  const random = randomOf(seed);
  const outcomes = new Outcomes(0.05);
  for (let i = 1; i <= 3_000; i++) {
    const variant = random() < share ? 'canary' : 'live';
    outcomes.add(variant, draw(random) + (variant === 'canary' ? worth : 0));
    const { difference } = outcomes;
    if (i % 10 === 0 && difference && (difference.low > worth || difference.high < worth)) return true;
  }
  return false;
}

describe('the interval of a difference of outcomes', () => {
  it.each(Object.keys(distributions))(
    `of %s misses it at no time in 95 of 100 comparisons (${runs})`,
    (name) => {
      const draw = distributions[name] ?? normal;
      for (const share of [0.5, 0.1]) {
        let missed = 0;
        for (let seed = 1; seed <= runs; seed++) if (misses(draw, { seed, share, worth: 0.3 })) missed++;
        expect(missed / runs).toBeLessThanOrEqual(0.05);
      }
    },
  );

  it('leaves 0 out when the canary is worth more, and says nothing before both have 100', () => {
    const outcomes = new Outcomes(0.05);
    const random = randomOf(1);
    for (let i = 0; i < 99; i++)
      for (const variant of ['live', 'canary'] as const) outcomes.add(variant, normal(random));
    outcomes.add('live', 0);
    expect(outcomes.difference).toBeUndefined();
    for (let i = 0; i < 2_000; i++) {
      outcomes.add('live', normal(random));
      outcomes.add('canary', 0.5 + normal(random));
    }
    expect(outcomes.difference?.low).toBeGreaterThan(0.2);
    expect(outcomes.difference?.high).toBeLessThan(0.8);
    expect(outcomes.of('live')).toMatchObject({ count: 2_100 });
  });

  it('does not credit the canary with the hour in which its share was larger', () => {
    const random = randomOf(1);
    const outcomes = new Outcomes(0.05);
    // In the second hour everything is worth 5 more, and most of it goes to the canary.
    for (const [share, hour] of [
      [0.1, 0],
      [0.9, 5],
    ] as const) {
      outcomes.endPart();
      for (let i = 0; i < 3_000; i++)
        outcomes.add(random() < share ? 'canary' : 'live', hour + normal(random));
    }
    const { low = 1, high = -1 } = outcomes.difference ?? {};
    expect([low < 0, high > 0, high - low < 0.5]).toEqual([true, true, true]);
    expect((outcomes.of('canary').mean ?? 0) - (outcomes.of('live').mean ?? 0)).toBeGreaterThan(3);
  });

  it.skipIf(!hasPython)('agrees with exact moments (needs python3)', () => {
    const random = randomOf(7);
    const list = (length: number, base: number) => Array.from({ length }, () => base + normal(random));
    // Numbers far from 0 lose their digits in sums of squares.
    const cases = [0, 1e6].map((base) => [
      { live: list(150, base), canary: list(120, base + 1) },
      { live: list(100, base + 3), canary: list(300, base + 4) },
    ]);
    const reference = join(import.meta.dirname, '../reference/outcomes.py');
    const python = spawnSync('python3', [reference], {
      input: JSON.stringify({ error: 0.05, cases }),
      encoding: 'utf8',
    });
    const exact = JSON.parse(python.stdout) as number[][];
    cases.forEach((parts, index) => {
      const outcomes = new Outcomes(0.05);
      for (const { live, canary } of parts) {
        outcomes.endPart();
        for (const value of live.slice(0, 100)) outcomes.add('live', value);
        for (const value of canary) outcomes.add('canary', value);
        for (const value of live.slice(100)) outcomes.add('live', value);
      }
      const { estimate = 0, low = 0, high = 0 } = outcomes.difference ?? {};
      [estimate, low, high].forEach((value, at) => expect(value).toBeCloseTo(exact[index]?.[at] ?? NaN, 6));
    });
  });
});
