import type { RunnerTestSuite } from 'vitest';
import type { FaultRow } from './row.js';

/** The rows that are tested now: not all of them for each change. */
export function rowsNow<Row extends FaultRow>(rows: readonly Row[]): readonly Row[] {
  return process.env['NIGHTLY'] ? rows : rows.filter(({ onlyAtNight }) => !onlyAtNight);
}

/**
 * The rows that the chosen tests need. `vitest run -t <name of a row>` needs only that row; a test that belongs to no row needs
 * all of them.
 */
export function chosenRows<Row extends { name: string }>(
  { tasks }: Readonly<RunnerTestSuite>,
  rows: readonly Row[],
): readonly Row[] {
  const chosen = tasks.filter(({ mode }) => mode !== 'skip').map(({ name }) => name);
  const ofRows = rows.filter(({ name }) => chosen.includes(name));
  return chosen.length > ofRows.length ? rows : ofRows;
}
