import { expect, it } from 'vitest';
import { barsOf, length, perDay, share } from './delivery.js';

it.each([
  [null, '–'],
  [45, '45 s'],
  [600, '10 min'],
  [9_000, '2.5 h'],
  [259_200, '3.0 d'],
])('shows %s seconds as %s', (seconds, text) => {
  expect(length(seconds).replace('\u00a0', ' ')).toBe(text);
});

it('shows shares and rates without needless digits', () => {
  expect([share(null), share(1 / 3), share(0)].map((text) => text.replace('\u00a0', ' '))).toEqual([
    '–',
    '33.3 %',
    '0 %',
  ]);
  expect([perDay(0), perDay(0.001), perDay(2)]).toEqual(['0', '<0.01', '2']);
});

it('draws days in one scale, those without deployments too', () => {
  const days = [
    { day: '2026-06-01', deployments: 4, failures: 1 },
    { day: '2026-06-02', deployments: 0, failures: 0 },
  ];
  const { width, height, bars } = barsOf(days);
  expect(bars.map(({ deployed, failed }) => [deployed / height, failed / height])).toEqual([
    [1, 0.25],
    [0, 0],
  ]);
  expect(bars[1]?.x).toBe(width / 2);
  expect(bars[0]?.title).toBe('2026-06-01: 4 deployments, 1 failure');
});
