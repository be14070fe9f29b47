import type { Style } from './style.js';
import { textWidth } from './truncate.js';

/** Arranges rows in columns as wide as their widest cell. Cells may be coloured. @returns lines without trailing spaces */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, textWidth(cell))));
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - textWidth(cell)))
      .join('  ')
      .trimEnd(),
  );
}

/** A column of a table about some `T`, and how it shrinks if the terminal is too narrow. */
export interface Column<T> {
  title: string;
  cell: (of: T) => string;
  /** First step: this replaces it. */
  short?: { title: string; cell: (of: T) => string };
  /** Second step: it is left out, the column with the lowest number first. */
  drop?: number;
  /** Last step: it moves, uncut, to a line of its own below the row. */
  below?: boolean;
}

/**
 * A table with its head that fits into so many columns, if possible: with short cells, without the least important
 * columns, with the rest below the first column.
 */
export function fittingTable<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  style: Style,
  width: number,
): string[] {
  const layouts = layoutsOf(columns).map((layout) => () => linesOf(layout, rows, style));
  let lines: string[] = [];
  for (const layout of layouts) {
    lines = layout();
    if (lines.every((line) => textWidth(line) <= width)) break;
  }
  return lines;
}

/** The columns next to one another, and those below. */
interface Layout<T> {
  beside: readonly Column<T>[];
  below: readonly Column<T>[];
}

/** From the full table to the narrowest. */
function layoutsOf<T>(columns: readonly Column<T>[]): Layout<T>[] {
  const short = columns.map((column) => ({ ...column, ...column.short }));
  const order = short.flatMap(({ drop }) => drop ?? []).sort((a, b) => a - b);
  const dropped = order.map((last) => short.filter(({ drop = Infinity }) => drop > last));
  const kept = dropped.at(-1) ?? short;
  const beside = kept.filter(({ below }) => !below);
  const below = kept.filter((column) => column.below);
  return [
    ...[columns, short, ...dropped].map((all) => ({ beside: all, below: [] })),
    ...(below.length > 0
      ? [
          { beside, below },
          { beside: kept.slice(0, 1), below: kept.slice(1) },
        ]
      : []),
  ];
}

function linesOf<T>({ beside, below }: Layout<T>, rows: readonly T[], style: Style): string[] {
  const cells = rows.map((row) => beside.map(({ cell }) => cell(row)));
  const [head = '', ...lines] = table([beside.map(({ title }) => style.dim(title)), ...cells]);
  const moved = rows.map((row) => below.map(({ cell }) => cell(row)).filter((cell) => cell !== '-'));
  return [head, ...lines.flatMap((line, row) => [line, ...(moved[row] ?? []).map((cell) => `    ${cell}`)])];
}
