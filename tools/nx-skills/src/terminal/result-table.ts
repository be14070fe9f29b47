import type { Style } from './style.js';
import { type Column, fittingTable } from './table.js';
import { wrap } from './wrap.js';

/** How the results of a run may be shown. */
export interface ResultLook {
  style: Style;
  /** How wide a line may be; infinite without a terminal. */
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
