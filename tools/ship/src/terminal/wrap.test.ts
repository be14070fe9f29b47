import { expect, it } from 'vitest';
import { wrap, wrapText } from './wrap.js';

it.each([
  ['one two three', 7, ['one two', 'three']],
  ['fits   as it is', 80, ['fits   as it is']],
  ['a-word-too-long for it', 6, ['a-word-too-long', 'for it']],
  ['', 10, ['']],
  ['  one two three', 9, ['  one two', '    three']],
  ['日本 語 日本', 6, ['日本', '語', '日本']],
  ['undo it: npx nx rollback a --revert. Done', 30, ['undo it:', 'npx nx rollback a --revert.', 'Done']],
  ['undo it: pnpm nx rollback a --revert. Done', 30, ['undo it:', 'pnpm nx rollback a --revert.', 'Done']],
  ['look (npx nx logs a -c local), and on', 28, ['look', '(npx nx logs a -c local),', 'and on']],
  ['do npx nx deploy a-very-long-name', 16, ['do npx nx deploy', 'a-very-long-name']],
])('breaks %j at %i between words', (text, columns, lines) => {
  expect(wrap(text, columns)).toEqual(lines);
});

it('keeps the lines of a text', () => {
  expect(wrapText('one two\n  three four\n', 7)).toBe('one two\n  three\n    four\n');
});
