import pc from 'picocolors';
import { expect, it } from 'vitest';
import { type Column, fittingTable, table } from './table.js';

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

it('knows how wide a character is', () => {
  expect(
    table([
      ['日本', 'x'],
      ['abcd', 'y'],
    ]),
  ).toEqual(['日本  x', 'abcd  y']);
});

const deployment = {
  skill: 'customer-notifications',
  result: 'created',
  id: 'd-1234-5678',
  url: 'https://a.example',
};
const columns: Column<typeof deployment>[] = [
  { title: 'SKILL', cell: ({ skill }) => skill },
  { title: 'RESULT', cell: ({ result }) => result, short: { title: 'R', cell: () => '✔' } },
  { title: 'ID', cell: ({ id }) => id, drop: 1 },
  { title: 'URL', cell: ({ url }) => url, below: true },
];

it.each([
  [
    63,
    [
      'SKILL                   RESULT   ID           URL',
      'customer-notifications  created  d-1234-5678  https://a.example',
    ],
  ],
  [
    60,
    [
      'SKILL                   R  ID           URL',
      'customer-notifications  ✔  d-1234-5678  https://a.example',
    ],
  ],
  [50, ['SKILL                   R  URL', 'customer-notifications  ✔  https://a.example']],
  [30, ['SKILL                   R', 'customer-notifications  ✔', '    https://a.example']],
  [22, ['SKILL', 'customer-notifications', '    ✔', '    https://a.example']],
])('fits the most important columns into %i characters, and cuts nothing', (width, lines) => {
  expect(fittingTable(columns, [deployment], pc.createColors(false), width)).toEqual(lines);
});
