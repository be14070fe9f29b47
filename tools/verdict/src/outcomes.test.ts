import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { type Difference, differenceOf, Outcomes, sampleOf } from './outcomes.js';

const hasPython = spawnSync('python3', ['--version']).status === 0;
const runs = process.env['NIGHTLY'] ? 2_000 : 200;

type Random = () => number;

function randomOf(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  // Generators of small seeds begin alike; far ahead they do not.
  generator.jump();
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

/** The same by three observers, each of which sees every third request. */
function missTogether(seed: number): boolean {
  const random = randomOf(seed);
  const observers = Array.from({ length: 3 }, () => new Outcomes(0.05));
  for (let i = 1; i <= 3_000; i++) {
    const variant = random() < 0.3 ? 'canary' : 'live';
    const observer = observers[Math.floor(random() * 3)];
    observer?.add(variant, Math.exp(normal(random)) + (variant === 'canary' ? 0.3 : 0));
    if (i % 10 > 0) continue;
    const difference = differenceOf(observers.map(({ sums }) => sums));
    if (difference && (difference.low > 0.3 || difference.high < 0.3)) return true;
  }
  return false;
}

describe('what several observers have seen', () => {
  it(`misses the true difference at no time in 95 of 100 comparisons (${runs})`, () => {
    let missed = 0;
    for (let seed = 1; seed <= runs; seed++) if (missTogether(seed)) missed++;
    expect(missed / runs).toBeLessThanOrEqual(0.05);
  });

  it('has the moments of all of it together, and says more than one observer alone', () => {
    const random = randomOf(3);
    const [one, other, all] = [new Outcomes(), new Outcomes(), new Outcomes()];
    for (let i = 0; i < 2_000; i++) {
      const variant = i % 2 === 0 ? 'canary' : 'live';
      const value = 1e6 + normal(random);
      for (const each of [i % 3 === 0 ? one : other, all]) each.add(variant, value);
    }
    const { mean, variance } = all.of('live');
    const together = sampleOf([one.sums.live, other.sums.live]);
    expect(together.count).toBe(1_000);
    expect(together.mean).toBeCloseTo(mean ?? 0, 6);
    expect(together.variance).toBeCloseTo(variance ?? 0, 6);
    const width = (of: Difference | undefined): number => (of ? of.high - of.low : NaN);
    expect(width(differenceOf([one.sums, other.sums]))).toBeLessThan(width(one.difference));
    expect(sampleOf([]).mean).toBeNull();
  });
});

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

  it('is there when each variant always says the same, unless both say the same', () => {
    const constant = (live: number, canary: number) => {
      const outcomes = new Outcomes(0.05);
      for (let i = 0; i < 150; i++) {
        outcomes.add('live', live);
        outcomes.add('canary', canary);
      }
      return outcomes.difference;
    };
    expect(constant(1, 2)?.low).toBeGreaterThan(0);
    expect(constant(1, 2)?.high).toBeLessThan(2);
    expect(constant(1, 1)).toBeUndefined();
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
