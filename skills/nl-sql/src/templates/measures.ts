import type { Table } from '../catalogue/database.js';
import { qualified } from './identifiers.js';
import type { Measure } from './query.js';
import type { Reader } from './reader.js';
import { joinPath } from './resolve.js';

/**
 * Counts the rows of a table by another one. A table that only links the two has a row for each pair; one with columns of its own
 * may have several.
 * @throws SkillError 422 when rows could count twice
 */
export function countOf(reader: Reader, counted: Table, from: Table): Measure {
  const isPure = from.primaryKey === undefined && from.columns.length <= 3;
  const isNear = joinPath(reader.database, from.name, counted.name)?.length === 1;
  if (counted === from || (isPure && isNear)) return { aggregate: 'count' };
  throw reader.refuse(
    `A row of ${counted.name} could count twice, as ${from.name} may have several rows for it.`,
  );
}

/** A measure as SQL. */
export function measureSql({ aggregate, column, distinct = false }: Measure): string {
  if (!column) return 'COUNT(*)';
  return `${aggregate.toUpperCase()}(${distinct ? 'DISTINCT ' : ''}${qualified(column)})`;
}
