import type { Cell, Rows } from '../databases/source.js';
import { type Chart, toChart } from './chart.js';
import { isNumeric } from './numeric.js';

/** The forms in which rows may be added to the answer. */
export const forms = ['table', 'csv', 'chart'] as const;

export type Form = (typeof forms)[number];

export interface Included {
  table?: string;
  csv?: string;
  chart?: Chart;
}

/** The rows in the forms that were asked for; rows that no chart can show have no `chart`. */
export function includeForms(asked: Form[], question: string, rows: Rows): Included {
  const chart = asked.includes('chart') ? toChart(question, rows) : undefined;
  return {
    ...(asked.includes('table') && { table: toMarkdownTable(rows) }),
    ...(asked.includes('csv') && { csv: toCsv(rows) }),
    ...(chart && { chart }),
  };
}

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
