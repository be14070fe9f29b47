/** Columns as wide as their widest cell. `decorate` may colour a cell; it gets the bare text and the padded one. */
export function formatTable(
  rows: readonly (readonly string[])[],
  decorate: (cell: string, padded: string) => string,
): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => decorate(cell, cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
