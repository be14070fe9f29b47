import type { Column, Database, ForeignKey, Table } from '../catalogue/database.js';

/** A step from a table to the one that it refers to: many rows to one, so that no row is counted twice. */
export interface Join {
  from: string;
  key: ForeignKey;
}

/** Follows foreign keys from one table to another, the shortest way; undefined when there is none. */
export function joinPath(database: Database, from: string, to: string): Join[] | undefined {
  const paths = new Map<string, Join[]>([[from, []]]);
  for (const [table, path] of paths) {
    if (table === to) return path;
    for (const key of database.get(table)?.foreignKeys ?? []) {
      if (!paths.has(key.table)) paths.set(key.table, [...path, { from: table, key }]);
    }
  }
  return undefined;
}

/** Among the columns that words may mean, those of the nearest table; two of them are ambiguous. */
export function nearestColumns(database: Database, from: Table, candidates: Column[]): Column[] {
  const distances = candidates.flatMap((column) => {
    const path = joinPath(database, from.name, column.table);
    return path ? [{ column, distance: path.length }] : [];
  });
  const nearest = Math.min(...distances.map(({ distance }) => distance));
  return distances.filter(({ distance }) => distance === nearest).map(({ column }) => column);
}
