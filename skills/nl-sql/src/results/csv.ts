import type { Cell, Rows } from '../databases/source.js';
import { isNumeric } from './numeric.js';

/** The rows as RFC 4180 has them: lines end in CRLF, NULL is an empty field, an empty text is `""`. */
export function toCsv({ columns, rows }: Rows): string {
  return [columns, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

function field(cell: Cell): string {
  if (cell === null) return '';
  const text = withoutFormula(String(cell));
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Spreadsheets run a text that begins like a formula, and a record may hold one: an apostrophe keeps it a text. */
function withoutFormula(text: string): string {
  return /^[=+\-@\t\r]/.test(text) && !isNumeric(text) ? `'${text}` : text;
}
