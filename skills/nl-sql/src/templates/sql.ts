import { type Column, type Database, type Dialect, labelOf } from '../catalogue/database.js';
import { literal, type Writer, writers } from './dialects.js';
import type { Filter, Group, Query } from './query.js';
import { type Join, joinPath } from './resolve.js';

/** Words that PostgreSQL or SQLite reserve and that are likely names; others are caught by the check of the result. */
const reserved = new Set(
  'add all alter and any array as asc between both case cast check column constraint create current_date default delete desc distinct do else end except false fetch for foreign from grant group having in index initially insert intersect into is join leading limit localtime not null offset on only or order placing primary references returning select session_user set some symmetric table then to trailing true union unique update user using values variadic when where window with'.split(
    ' ',
  ),
);

/** Writes a query; `joins` are those of `joinsOf`. */
export function toSql(query: Query, joins: SqlJoin[], dialect: Dialect): string {
  const writer = writers[dialect];
  const selected = selectedColumns(query, writer);
  const grouped = query.groups.flatMap((group) => groupedBy(group, writer));
  const lines = [
    `SELECT ${selected.join(', ')}`,
    `FROM ${quote(query.from.name)}`,
    ...joins.map(joinClause),
    ...(query.filters.length > 0
      ? [`WHERE ${query.filters.map((filter) => condition(filter, writer)).join(' AND ')}`]
      : []),
    ...(grouped.length > 0 ? [`GROUP BY ${grouped.join(', ')}`] : []),
    ...orderClause(query),
    `LIMIT ${query.limit}`,
  ];
  return lines.join('\n');
}

function selectedColumns({ from, columns, measure, groups }: Query, writer: Writer): string[] {
  if (!measure) return (columns.length > 0 ? columns : from.columns).map(qualified);
  const { aggregate, column } = measure;
  const value = column
    ? `${aggregate.toUpperCase()}(${qualified(column)}) AS ${quote(`${aggregate}_${column.name}`)}`
    : 'COUNT(*) AS count';
  return [...groups.map((group) => groupColumn(group, writer)), value];
}

function groupColumn(group: Group, writer: Writer): string {
  if (group.by === 'column') return qualified(group.column);
  if (group.by === 'period')
    return `${writer.startOf(group.period, qualified(group.column))} AS ${group.period}`;
  const label = labelOf(group.table);
  return `${label ? qualified(label) : ''} AS ${quote(group.table.name)}`;
}

/** Two rows of a table may have one label, so the primary key distinguishes them as well. */
function groupedBy(group: Group, writer: Writer): string[] {
  if (group.by === 'column') return [qualified(group.column)];
  if (group.by === 'period') return [writer.startOf(group.period, qualified(group.column))];
  const { table } = group;
  const key = table.columns.find(({ name }) => name === table.primaryKey);
  return [...new Set([key, labelOf(table)].filter((column) => column !== undefined).map(qualified))];
}

/** A total without an order would be in random order; the label settles ties, so that a limit is deterministic. */
function orderClause({ measure, groups, order, from }: Query): string[] {
  const direction = order?.descending ? 'DESC NULLS LAST' : 'ASC NULLS LAST';
  if (!measure) {
    const key = from.columns.find(({ name }) => name === from.primaryKey);
    const by = order && order.by !== 'measure' ? [`${qualified(order.by)} ${direction}`] : [];
    const tie = key && key !== order?.by ? [qualified(key)] : [];
    return by.length + tie.length > 0 ? [`ORDER BY ${[...by, ...tie].join(', ')}`] : [];
  }
  if (groups.length === 0) return [];
  const ranked = order ? [`${groups.length + 1} ${direction}`] : [];
  return [`ORDER BY ${[...ranked, ...groups.map((_, i) => String(i + 1))].join(', ')}`];
}

/**
 * Rows that refer to nothing stay in a list and in a total (LEFT JOIN), but are no row of the table that a question
 * groups by.
 */
export function joinsOf({ from, columns, groups, filters, order }: Query, database: Database): SqlJoin[] {
  const entities = groups.flatMap((group) => (group.by === 'entity' ? [group.table.name] : []));
  const others = [
    ...columns.map(({ table }) => table),
    ...groups.flatMap((group) => (group.by === 'entity' ? [] : [group.column.table])),
    ...filters.map(({ column }) => column.table),
    ...(order && order.by !== 'measure' ? [order.by.table] : []),
  ];
  const joins = new Map<string, SqlJoin>();
  const add = (table: string, kind: SqlJoin['kind']) => {
    for (const join of joinPath(database, from.name, table) ?? []) {
      if (!joins.has(join.key.table)) joins.set(join.key.table, { ...join, kind });
    }
  };
  entities.forEach((table) => add(table, 'JOIN'));
  others.forEach((table) => add(table, 'LEFT JOIN'));
  return [...joins.values()];
}

export interface SqlJoin extends Join {
  kind: 'JOIN' | 'LEFT JOIN';
}

function joinClause({ kind, from, key }: SqlJoin): string {
  const [left, right] = [
    `${quote(from)}.${quote(key.column)}`,
    `${quote(key.table)}.${quote(key.references)}`,
  ];
  return `${kind} ${quote(key.table)} ON ${right} = ${left}`;
}

function condition({ column, operator, value }: Filter, writer: Writer): string {
  const name = qualified(column);
  if (operator === 'contains' || operator === 'starts with') return writer[operator](name, String(value));
  // A timestamp has a time of day, so "is", "after" and "up to" a day need its date.
  const isOfDay = column.kind === 'date' && operator !== '>=' && operator !== '<';
  return `${isOfDay ? writer.dayOf(name) : name} ${operator} ${literal(value)}`;
}

function qualified({ table, name }: Column | { table: string; name: string }): string {
  return `${quote(table)}.${quote(name)}`;
}

function quote(identifier: string): string {
  const isPlain = /^[a-z_][a-z0-9_]*$/.test(identifier) && !reserved.has(identifier);
  return isPlain ? identifier : `"${identifier.replaceAll('"', '""')}"`;
}
