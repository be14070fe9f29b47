import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Cache } from './cache.js';

it('drops what was not used for the longest time', () => {
  const cache = new Cache<number>({ entries: 2, ttlMs: 1000 });
  cache.slot('a').set(1);
  cache.slot('b').set(2);
  cache.slot('a').get();
  cache.slot('c').set(3);
  expect(['a', 'b', 'c'].map((key) => cache.slot(key).get())).toEqual([1, undefined, 3]);
});

it('forgets with time', () => {
  let now = 0;
  const cache = new Cache<number>({ entries: 2, ttlMs: 1000 }, () => now);
  const slot = cache.slot('a');
  slot.set(1);
  now = 999;
  expect(slot.get()).toBe(1);
  now = 1000;
  expect(slot.get()).toBeUndefined();
});

it('never holds more than its limits, and returns only what was set last', () => {
  const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), weight: fc.nat(6), drop: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const cache = new Cache<number>({ entries: 3, weight: 10, ttlMs: 1000 }, () => 0);
      const last = new Map<string, { value: number; weight: number }>();
      for (const [value, { key, weight, drop }] of steps.entries()) {
        if (drop) cache.slot(key).delete();
        else cache.slot(key).set(value, weight);
        if (drop) last.delete(key);
        else last.set(key, { value, weight });
      }
      const held = [...last].filter(([key]) => cache.slot(key).get() !== undefined);
      for (const [key, { value }] of held) expect(cache.slot(key).get()).toBe(value);
      expect(held.length).toBeLessThanOrEqual(3);
      expect(held.reduce((sum, [, { weight }]) => sum + weight, 0)).toBeLessThanOrEqual(10);
    }),
  );
});
