import type { Cell, Rows } from '../databases/source.js';
import { isNumeric } from './numeric.js';

/** The rows as a Markdown table with aligned columns; NULL is an empty cell. */
export function toMarkdownTable({ columns, rows }: Rows): string {
  const cells = [columns, ...rows].map((row) => row.map(cellText));
  const widths = columns.map((_, i) => Math.max(3, ...cells.map((row) => row[i]?.length ?? 0)));
  const isRight = columns.map((_, i) => isNumericColumn(rows, i));
  const line = (row: string[]) => `| ${row.join(' | ')} |\n`;
  const padded = cells.map((row) =>
    row.map((text, i) => (isRight[i] ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0))),
  );
  const rule = widths.map((width, i) => (isRight[i] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)));
  return [padded[0] ?? [], rule, ...padded.slice(1)].map(line).join('');
}

function isNumericColumn(rows: Cell[][], index: number): boolean {
  const present = rows.map((row) => row[index] ?? null).filter((cell) => cell !== null);
  return present.length > 0 && present.every(isNumeric);
}

/** A record may hold Markdown or HTML, such as an image that loads from elsewhere: it is shown, and does nothing. */
function cellText(cell: Cell): string {
  return String(cell ?? '')
    .replace(/[\\|`[\]<>*~&]/g, '\\$&')
    .replace(/\bhttps?:\/\//gi, (scheme) => scheme.replace(':', '\\:'))
    .replace(/\s+/g, ' ');
}
