import { stripVTControlCharacters } from 'node:util';

/** A text from elsewhere as one line, without what would move the cursor, change colours or turn the writing around. */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
}
