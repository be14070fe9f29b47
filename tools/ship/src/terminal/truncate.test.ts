import fc from 'fast-check';
import { expect, it } from 'vitest';
import { textWidth, truncate } from './truncate.js';

const red = (text: string) => `\u001b[31m${text}\u001b[39m`;

it.each([
  ['what fits is left as it is', 'four', 4, 'four'],
  ['a cut is marked', 'fives', 4, 'fiv…'],
  ['colours take no room, and end', `${red('four')} and more`, 6, `${red('four')} …`],
  ['a cut inside of a colour', `a ${red('red one')}`, 6, `a ${red('red…')}`],
  ['a cut between two colours', `${red('ab')}${red('cd')}`, 2, `${red('a…')}${red('')}`],
  ['wide characters take two columns', '日本語', 5, '日本…'],
  ['a wide character is not cut in two', '日本語', 4, '日…'],
  ['a picture of several characters is one', '👨‍👩‍👧👨‍👩‍👧', 3, '👨‍👩‍👧…'],
])('%s', (_, line, columns, expected) => {
  expect(truncate(line, columns)).toBe(expected);
});

it('never takes more than its columns, nor loses a code', () => {
  const piece = fc
    .oneof(fc.string(), fc.string().map(red))
    .map((text) => text.replaceAll('\u001b\u001b', ''));
  fc.assert(
    fc.property(fc.array(piece), fc.integer({ min: 0, max: 40 }), (pieces, columns) => {
      const line = pieces.join('');
      const cut = truncate(line, columns);
      expect(textWidth(cut)).toBeLessThanOrEqual(columns);
      expect(cut.match(/\u001b\[39m/g)?.length).toBe(line.match(/\u001b\[39m/g)?.length);
    }),
  );
});
