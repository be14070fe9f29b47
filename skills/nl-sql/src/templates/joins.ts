import type { Database } from '../catalogue/database.js';
import { quote } from './identifiers.js';
import { type Condition, isMeasure, type Measure, type Query } from './query.js';
import { type Join, joinPath } from './resolve.js';

export interface SqlJoin extends Join {
  kind: 'JOIN' | 'LEFT JOIN';
}

/**
 * Rows that refer to nothing stay in a list and in a total (LEFT JOIN), but are no row of the table that a question
 * groups by.
 */
export function joinsOf(query: Query, database: Database): SqlJoin[] {
  const { from, columns, groups, order, measures, having } = query;
  const entities = groups.flatMap((group) => (group.by === 'entity' ? [group.table.name] : []));
  const others = [
    ...columns.map(({ table }) => table),
    ...groups.flatMap((group) => (group.by === 'entity' ? [] : [group.column.table])),
    ...query.conditions.flatMap(tablesOf),
    ...[...measures, ...having.map(({ measure }) => measure)].flatMap(tablesOfMeasure),
    ...(order ? (isMeasure(order.by) ? tablesOfMeasure(order.by) : [order.by.table]) : []),
  ];
  return joinTables(database, from.name, entities, others);
}

/** The joins from a table to others; to those of `needed` first. */
export function joinTables(database: Database, from: string, needed: string[], others: string[]): SqlJoin[] {
  const joins = new Map<string, SqlJoin>();
  const add = (table: string, kind: SqlJoin['kind']) => {
    for (const join of joinPath(database, from, table) ?? []) {
      if (!joins.has(join.key.table)) joins.set(join.key.table, { ...join, kind });
    }
  };
  needed.forEach((table) => add(table, 'JOIN'));
  others.forEach((table) => add(table, 'LEFT JOIN'));
  return [...joins.values()];
}

function tablesOfMeasure({ column }: Measure): string[] {
  return column ? [column.table] : [];
}

/** The tables whose columns a condition compares, without those of its own subquery. */
export function tablesOf(condition: Condition): string[] {
  if (condition.kind === 'any') return condition.conditions.flatMap(tablesOf);
  return [condition.kind === 'related' ? condition.of.name : condition.column.table];
}

/** A join as SQL. */
export function joinClause({ kind, from, key }: SqlJoin): string {
  const [left, right] = [
    `${quote(from)}.${quote(key.column)}`,
    `${quote(key.table)}.${quote(key.references)}`,
  ];
  return `${kind} ${quote(key.table)} ON ${right} = ${left}`;
}
