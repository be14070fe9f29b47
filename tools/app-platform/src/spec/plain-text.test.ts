import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plainText } from './plain-text.js';

it.each([
  ['\u001b[31mred\u001b[0m and \u009b1mbold', 'red and bold'],
  ['a \u001b]0;my title\u0007title, a \u001b]8;;https://x.test/?a=b c\u001b\\link', 'a title, a link'],
  [
    '\u001bPdevice control\u001b\\, \u001b_application\u001b\\ and \u001bc reset',
    ', and  reset'.replace(', and', ',  and'),
  ],
  ['10 %\r100 %\r\ndone', '10 %\n100 %\ndone'],
  ['cut off \u001b', 'cut off ␛'],
  ['bell \u0007, back \b, nul \0, delete \u007f, C1 \u0085', 'bell ␇, back ␈, nul ␀, delete ␡, C1 \ufffd'],
  ['turned \u202earound', 'turned \ufffdaround'],
  ['a\ttab, Zürich, 😀', 'a\ttab, Zürich, 😀'],
])('makes of %j what a terminal only shows', (text, shown) => {
  expect(plainText(text)).toBe(shown);
});

it('leaves no control character, and what has none as it is', () => {
  const bytes = fc.string({
    unit: fc.constantFrom('\u001b', '\u009b', '[', ']', '0', ';', 'm', '\\', '\u0007', 'a', '\r', '\n'),
  });
  fc.assert(
    fc.property(fc.oneof(bytes, fc.string({ unit: 'binary' })), (text) => {
      const shown = plainText(text);
      expect(shown).not.toMatch(/[^\P{Cc}\t\n]/u);
      expect(plainText(shown)).toBe(shown);
    }),
  );
});
