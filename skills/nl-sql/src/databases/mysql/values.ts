import { isUtf8 } from 'node:buffer';
import type { Cell } from '../source.js';

/** A column as the driver describes it: https://sidorares.github.io/node-mysql2/docs/documentation/typecast */
export interface Field {
  type: string;
  buffer(): Buffer | null;
}

const integers = new Set(['TINY', 'SHORT', 'INT24', 'LONG', 'LONGLONG', 'YEAR']);
const floats = new Set(['FLOAT', 'DOUBLE']);

/** A value as MySQL writes it; decimals and dates stay texts, so that no digit is lost. */
export function cellOf(field: Field): Cell {
  const bytes = field.buffer();
  if (bytes === null) return null;
  // The driver does not say whether a BLOB is a text, so bytes that are none tell.
  if (!isUtf8(bytes) || bytes.includes(0)) return `\\x${bytes.toString('hex')}`;
  const text = bytes.toString('utf8');
  if (!(integers.has(field.type) || floats.has(field.type))) return text;
  const number = Number(text);
  return floats.has(field.type) || Number.isSafeInteger(number) ? number : text;
}
