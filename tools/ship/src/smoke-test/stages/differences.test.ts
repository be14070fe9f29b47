import fc from 'fast-check';
import { expect, it } from 'vitest';
import { differences } from './own.js';

it.each([
  [1, 2, ['output: expected 1, got 2']],
  ['a', undefined, ['output: expected "a", got nothing']],
  [{ a: { b: 1 } }, { a: { b: '1' } }, ['output/a/b: expected 1, got "1"']],
  [{ a: 1, b: 2 }, { b: 3 }, ['output/a: expected 1, got nothing', 'output/b: expected 2, got 3']],
  [{ a: null }, {}, ['output/a: expected null, got nothing']],
  [[1, 2], [1], ['output: expected 2 items, got 1']],
  [[{ a: 1 }], [{ a: 2, b: 3 }], ['output/0/a: expected 1, got 2']],
  [{}, [], ['output: expected {}, got []']],
  [[], {}, ['output: expected [], got {}']],
  [{ toString: 1 }, {}, ['output/toString: expected 1, got nothing']],
])('%j against %j', (expected, actual, found) => {
  expect(differences(expected, actual, 'output')).toEqual(found);
});

it('shows long values from their beginning', () => {
  const [difference = ''] = differences('x'.repeat(10_000), 'y', 'output');
  expect(difference).toMatch(/^output: expected "x+\.\.\., got "y"$/);
  expect(difference.length).toBeLessThan(400);
});

/** A JSON value as received over the network. */
const json = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)));

it('finds none in a value that contains what is expected', () => {
  fc.assert(
    fc.property(json, fc.dictionary(fc.string(), json), (value, more) => {
      expect(differences(value, value, 'output')).toEqual([]);
      expect(differences({ value }, { ...more, value }, 'output')).toEqual([]);
    }),
  );
});

it('finds one if a value differs', () => {
  fc.assert(
    fc.property(json, json, (expected, actual) => {
      fc.pre(typeof expected !== 'object' && !Object.is(expected, actual));
      expect(differences([{ x: expected }], [{ x: actual }], 'output')).toHaveLength(1);
    }),
  );
});
