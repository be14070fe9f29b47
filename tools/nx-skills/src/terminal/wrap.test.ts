import { expect, it } from 'vitest';
import { wrap } from './wrap.js';

it.each([
  ['one two three', 7, ['one two', 'three']],
  ['fits', 80, ['fits']],
  ['a-word-too-long for it', 6, ['a-word-too-long', 'for it']],
  ['', 10, ['']],
])('breaks %j at %i between words', (text, columns, lines) => {
  expect(wrap(text, columns)).toEqual(lines);
});
