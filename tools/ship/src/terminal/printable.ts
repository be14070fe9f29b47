import { stripVTControlCharacters } from 'node:util';

/** Untrusted text as one line, without control characters that move the cursor, change colours or reverse the text. */
export function printable(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
}
