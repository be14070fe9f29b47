import { stripVTControlCharacters } from 'node:util';

/**
 * Lays rows out in columns as wide as their widest cell. Cells may be coloured.
 *
 * @returns lines without trailing spaces
 */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, width(cell))));
  return rows.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Columns that a text takes on a terminal, for the characters that this project prints. */
function width(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

function pad(text: string, columns: number): string {
  return text + ' '.repeat(columns - width(text));
}
