import { expect, it } from 'vitest';
import { printable } from './printable.js';

it.each([
  ['1.4.0', '1.4.0'],
  ['\u001b[31mred\u001b[0m', 'red'],
  ['a\u001b]0;title\u0007b', 'ab'],
  ['two\r\nlines\tand a tab', 'two lines and a tab'],
  ['turned \u202earound', 'turned  around'],
  ['Zürich', 'Zürich'],
])('makes %j one line that is safe to show', (text, shown) => {
  expect(printable(text)).toBe(shown);
});
