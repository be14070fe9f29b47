import type { Column, Database, ForeignKey, Table } from '../catalogue/database.js';

/** A step from a table to the one that it refers to: many rows to one, so that no row is counted twice. */
export interface Join {
  from: string;
  key: ForeignKey;
}

/** The shortest ways along foreign keys from one table to another; several are as many meanings. */
export function joinPaths(database: Database, from: string, to: string): Join[][] {
  const distances = new Map([[from, 0]]);
  let paths: Join[][] = [[]];
  while (paths.length > 0) {
    const found = paths.filter((path) => (path.at(-1)?.key.table ?? from) === to);
    if (found.length > 0) return found;
    paths = paths.flatMap((path) => stepsFrom(database, path, from, distances));
  }
  return [];
}

/** A table that was reached with fewer steps is not visited again. */
function stepsFrom(
  database: Database,
  path: Join[],
  start: string,
  distances: Map<string, number>,
): Join[][] {
  const from = path.at(-1)?.key.table ?? start;
  return (database.get(from)?.foreignKeys ?? []).flatMap((key) => {
    const known = distances.get(key.table) ?? path.length + 1;
    if (known <= path.length) return [];
    distances.set(key.table, known);
    return [[...path, { from, key }]];
  });
}

/** Follows foreign keys from one table to another, the shortest way; undefined when there is none, or several. */
export function joinPath(database: Database, from: string, to: string): Join[] | undefined {
  const [path, ...others] = joinPaths(database, from, to);
  return others.length === 0 ? path : undefined;
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

/**
 * The table whose rows say which rows of two tables belong together: the one that refers to the other, or one that refers to both.
 * Undefined when there is none, or several that are as near.
 */
export function linkOf(database: Database, first: Table, second: Table): Table | undefined {
  const links = [...database.values()].flatMap((table) => {
    const steps = [first, second].map(({ name }) => joinPaths(database, table.name, name));
    const [one = [], two = []] = steps;
    if (one.length === 0 || two.length === 0) return [];
    return [
      {
        table,
        length: (one[0]?.length ?? 0) + (two[0]?.length ?? 0),
        isClear: one.length + two.length === 2,
      },
    ];
  });
  const nearest = Math.min(...links.map(({ length }) => length));
  const [link, ...others] = links.filter(({ length }) => length === nearest);
  return link && others.length === 0 && link.isClear ? link.table : undefined;
}
