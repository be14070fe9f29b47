import type { Style } from './style.js';
import { type Column, fittingTable } from './table.js';
import { wrap } from './wrap.js';

/** How to display the results of a run. */
export interface ResultLook {
  style: Style;
  /** Maximum width of a line; infinite without a terminal. */
  columns: number;
}

/** The closing table of a run and its summary, the most important sentence first. */
export function resultTable<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  [summary = '', ...more]: readonly string[],
  { style, columns: width }: ResultLook,
): string {
  const lines = fittingTable(columns, rows, style, width - indent.length);
  return ['', ...lines, '', style.bold(summary), ...more, '']
    .flatMap((line) => (line === '' ? [''] : wrap(`${indent}${line}`, width)))
    .map((line) => `${line}\n`)
    .join('');
}

const indent = '  ';
