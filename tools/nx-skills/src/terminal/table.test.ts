import { expect, it } from 'vitest';
import { table } from './table.js';

it('makes columns as wide as their widest cell, whatever its colour', () => {
  const rows = [
    ['SKILL', 'RESULT', 'TIME'],
    ['pr-review', '\u001b[32mok\u001b[39m', '1 s'],
    ['a', '-', '12 s'],
  ];
  expect(table(rows)).toEqual([
    'SKILL      RESULT  TIME',
    'pr-review  \u001b[32mok\u001b[39m      1 s',
    'a          -       12 s',
  ]);
});

it('leaves no space at the end of a line', () => {
  expect(table([['long cell'], ['x']])).toEqual(['long cell', 'x']);
});
