import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Bound } from './bound.js';
import { type Tally, TwoProportions } from './two-proportions.js';

const hasPython = spawnSync('python3', ['--version']).status === 0;
const reference = join(import.meta.dirname, '../reference/two_proportions.py');

interface Block {
  readonly live: number;
  readonly canary: number;
  /** The chances that a request fails. */
  readonly rates: { readonly live: number; readonly canary: number };
}

interface Seen {
  readonly chance: number;
  readonly live: Tally;
  readonly canary: Tally;
}

/** Everything that may happen in a block, with its chance. */
function outcomes({ live, canary, rates }: Block): Seen[] {
  return tallies(live, rates.live).flatMap((a) =>
    tallies(canary, rates.canary).map((b) => ({ chance: a.chance * b.chance, live: a, canary: b })),
  );
}

function tallies(requests: number, rate: number): (Tally & { readonly chance: number })[] {
  let ways = 1;
  return Array.from({ length: requests + 1 }, (_, events) => {
    if (events > 0) ways = (ways * (requests - events + 1)) / events;
    return { requests, events, chance: ways * rate ** events * (1 - rate) ** (requests - events) };
  });
}

function evidenceOf(blocks: readonly Seen[]): number {
  const evidence = new TwoProportions();
  for (const { live, canary } of blocks) evidence.add(live, canary);
  return evidence.evidence();
}

const size = fc.integer({ min: 1, max: 4 });
const chance = fc.double({ min: 0, max: 1, noNaN: true });
const noWorse = fc.tuple(chance, chance).map(([a, b]) => ({ live: Math.max(a, b), canary: Math.min(a, b) }));
const block = fc.record({ live: size, canary: size, rates: noWorse });

describe('the evidence against a canary that is no worse', () => {
  it('is expected not to rise, whatever the sizes of the blocks are and however the rates change between them', () => {
    fc.assert(
      fc.property(block, block, (first, second) => {
        const expected = outcomes(first).flatMap((a) =>
          outcomes(second).map((b) => a.chance * b.chance * evidenceOf([a, b])),
        );
        expect(expected.reduce((sum, value) => sum + value)).toBeLessThanOrEqual(1 + 1e-9);
      }),
      { numRuns: 40 },
    );
  });

  it('is expected not to rise against a bound that the canary keeps', () => {
    const kept = fc.tuple(
      fc.double({ min: 0.001, max: 0.9, noNaN: true }),
      chance,
      fc.integer({ min: 1, max: 40 }),
    );
    fc.assert(
      fc.property(kept, ([bound, share, requests]) => {
        const expected = tallies(requests, bound * share).map((tally) => {
          const evidence = new Bound(bound);
          evidence.add(tally);
          return tally.chance * evidence.evidence();
        });
        expect(expected.reduce((sum, value) => sum + value)).toBeLessThanOrEqual(1 + 1e-9);
      }),
    );
  });
});

describe('the evidence against a canary that is worse', () => {
  it('grows with what shows it, and says nothing without one of the two', () => {
    expect(evidenceOf([])).toBeCloseTo(1, 12);
    const evidence = new TwoProportions();
    evidence.add({ requests: 0, events: 0 }, { requests: 5, events: 5 });
    expect(evidence.evidence()).toBeCloseTo(1, 12);
    evidence.add({ requests: 900, events: 9 }, { requests: 100, events: 20 });
    expect(evidence.evidence()).toBeGreaterThan(1000);
  });

  it.skipIf(!hasPython)('agrees with exact fractions (needs python3)', () => {
    const counts = fc
      .tuple(fc.nat(60), chance, fc.nat(20), chance)
      .map(([n, p, m, q]) => [n, Math.round(n * p), m, Math.round(m * q)] as const);
    const cases = fc.sample(fc.array(counts, { minLength: 1, maxLength: 4 }), { numRuns: 20, seed: 1 });
    const python = spawnSync('python3', [reference], {
      input: JSON.stringify({ cases, bound: '1/50' }),
      encoding: 'utf8',
    });
    const exact = JSON.parse(python.stdout) as { twoProportions: number; bound: number }[];
    expect(exact).toHaveLength(cases.length);
    cases.forEach((blocks, index) => {
      const [two, bound] = [new TwoProportions(), new Bound(1 / 50)];
      for (const [n, k, m, l] of blocks) {
        two.add({ requests: n, events: k }, { requests: m, events: l });
        bound.add({ requests: m, events: l });
      }
      expect(two.evidence() / (exact[index]?.twoProportions ?? 0)).toBeCloseTo(1, 9);
      expect(bound.evidence() / (exact[index]?.bound ?? 0)).toBeCloseTo(1, 9);
    });
  });
});
