import { expect, it } from 'vitest';
import { Random } from './random.js';

it('gives other numbers for each seed from the first one on: rollouts with near seeds must have nothing in common', () => {
  for (const skipped of [0, 1, 2]) {
    const tenths = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 1000; seed++) {
      const random = new Random(seed);
      for (let i = 0; i < skipped; i++) random.next();
      const tenth = Math.floor(10 * random.next());
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(Math.min(...tenths)).toBeGreaterThan(60);
    expect(Math.max(...tenths)).toBeLessThan(140);
  }
});

it('gives numbers of the standard normal distribution', () => {
  const random = new Random(1);
  const all = Array.from({ length: 20_000 }, () => random.normal()).sort((a, b) => a - b);
  for (const [share, value] of [
    [0.025, -1.96],
    [0.5, 0],
    [0.975, 1.96],
  ] as const)
    expect(Math.abs((all[20_000 * share] ?? NaN) - value)).toBeLessThan(0.06);
});
