import { expect, it } from 'vitest';
import { parseSince } from './since.js';

const now = Date.parse('2026-06-11T00:00:00.000Z');

it.each([
  ['10d', '2026-06-01T00:00:00.000Z'],
  ['2026-06-01', '2026-06-01T00:00:00.000Z'],
  ['2026-06-01T10:00+02:00', '2026-06-01T08:00:00.000Z'],
  ['2024-02-29', '2024-02-29T00:00:00.000Z'],
])('reads %s', (text, time) => {
  expect(new Date(parseSince(text, now)).toISOString()).toBe(time);
});

it.each(['', '10', '10h', '2026', '2026-06-31', '2026-02-29', '2026-06-01T08:00', 'yesterday', '1e3d'])(
  'refuses "%s", and says what it expects',
  (text) => {
    expect(() => parseSince(text, now)).toThrow(`Expected --since with days, a date or a time and its zone`);
  },
);

it.each(['0d', '2026-06-11', '2027-01-01'])('refuses %s, which is not past', (text) => {
  expect(() => parseSince(text, now)).toThrow(`--since=${text} is not in the past.`);
});

it('refuses a time of the last century', () => {
  expect(() => parseSince('1999-01-01', now)).toThrow('is more than 3650 days ago');
});
