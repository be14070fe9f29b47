import { type Column, type Database, type Dialect, labelOf } from '../catalogue/database.js';
import { conditionSql } from './conditions.js';
import { type Writer, writers } from './dialects.js';
import { qualified, quote } from './identifiers.js';
import { joinClause, type SqlJoin } from './joins.js';
import { measureSql } from './measures.js';
import { type Group, isMeasure, type Measure, type Order, type Query } from './query.js';

/** One column of the result. */
interface Output {
  sql: string;
  alias?: string;
  /** What GROUP BY needs for it; empty for what is computed from the group. */
  grouped: string[];
}

/** Writes a query; `joins` are those of `joinsOf`. */
export function toSql(query: Query, joins: SqlJoin[], database: Database, dialect: Dialect): string {
  const writer = writers[dialect];
  const place = { database, writer, from: query.from.name };
  const named = outputsOf(query, writer);
  const measures = query.measures.map(measureOutput);
  const grouped = query.groups.length > 0 ? groupedBy(query, named, writer) : [];
  const having = query.having.map(
    ({ measure, operator, value }) => `${measureSql(measure)} ${operator} ${value}`,
  );
  const lines = [
    `SELECT ${query.distinct ? 'DISTINCT ' : ''}${[...named, ...measures].map(selected).join(', ')}`,
    `FROM ${quote(query.from.name)}`,
    ...joins.map(joinClause),
    ...(query.conditions.length > 0
      ? [`WHERE ${query.conditions.map((each) => conditionSql(each, place)).join(' AND ')}`]
      : []),
    ...(grouped.length > 0 ? [`GROUP BY ${grouped.join(', ')}`] : []),
    ...(having.length > 0 ? [`HAVING ${having.join(' AND ')}`] : []),
    ...orderClause(query, named, grouped),
    `LIMIT ${query.limit}`,
  ];
  return lines.join('\n');
}

function selected({ sql, alias }: Output): string {
  return alias === undefined ? sql : `${sql} AS ${quote(alias)}`;
}

/** What comes before the measures: the columns of a list, or what tells the groups from each other. */
function outputsOf({ from, columns, measures, groups }: Query, writer: Writer): Output[] {
  if (groups.length === 0) {
    const listed = columns.length > 0 || measures.length > 0 ? columns : from.columns;
    return listed.map((column) => ({ sql: qualified(column), grouped: [qualified(column)] }));
  }
  if (columns.length === 0) return groups.map((group) => groupOutput(group, writer));
  const periods = groups.filter((group) => group.by === 'period');
  return [
    ...columns.map((column) => ({ sql: qualified(column), grouped: [qualified(column)] })),
    ...periods.map((group) => groupOutput(group, writer)),
  ];
}

function groupOutput(group: Group, writer: Writer): Output {
  const grouped = groupSql(group, writer);
  if (group.by === 'column') return { sql: qualified(group.column), grouped };
  if (group.by === 'period') return { sql: grouped[0] ?? '', alias: group.period, grouped };
  const label = labelOf(group.table);
  return { sql: label ? qualified(label) : '', alias: group.table.name, grouped };
}

/** Two rows of a table may have one label, so the primary key distinguishes them as well. */
function groupSql(group: Group, writer: Writer): string[] {
  if (group.by === 'column') return [qualified(group.column)];
  if (group.by === 'period') return [writer.startOf(group.period, qualified(group.column))];
  const { table } = group;
  const key = table.columns.find(({ name }) => name === table.primaryKey);
  return [key, labelOf(table)].filter((column): column is Column => column !== undefined).map(qualified);
}

function groupedBy({ groups }: Query, named: Output[], writer: Writer): string[] {
  const all = [
    ...groups.flatMap((group) => groupSql(group, writer)),
    ...named.flatMap(({ grouped }) => grouped),
  ];
  return [...new Set(all)];
}

function measureOutput(measure: Measure): Output {
  const { aggregate, column, distinct = false } = measure;
  const alias = column ? `${aggregate}_${distinct ? 'distinct_' : ''}${column.name}` : 'count';
  return { sql: measureSql(measure), alias, grouped: [] };
}

/** Without an order, rows would come in random order; what tells them apart settles ties, so that a limit is deterministic. */
function orderClause(query: Query, named: Output[], grouped: string[]): string[] {
  const { order } = query;
  const ranked = order ? [`${orderSql(query, order, named)} ${directionOf(order)}`] : [];
  const ties = tiesOf(query, named, grouped);
  const all = [...ranked, ...ties.filter((tie) => tie !== ranked[0]?.split(' ')[0])];
  return all.length > 0 ? [`ORDER BY ${all.join(', ')}`] : [];
}

function tiesOf(query: Query, named: Output[], grouped: string[]): string[] {
  const { measures, groups, order, distinct, limit } = query;
  const isOneRow = measures.length > 0 && groups.length === 0;
  if (isOneRow) return [];
  // Of several with the most, the row is the last by its key: the one that SQLite returns where nobody settles the tie.
  if (groups.length > 0 && limit === 1 && order?.descending) return grouped.map((each) => `${each} DESC`);
  return groups.length > 0 || distinct ? positions(named) : keyOf(query);
}

function positions(named: Output[]): string[] {
  return named.map((_, i) => String(i + 1));
}

function keyOf({ from }: Query): string[] {
  const key = from.columns.find(({ name }) => name === from.primaryKey);
  return key ? [qualified(key)] : [];
}

function directionOf({ descending }: Order): string {
  return descending ? 'DESC NULLS LAST' : 'ASC NULLS LAST';
}

/** A measure, or a column of distinct rows, is named by its place; another column by its name. */
function orderSql({ measures, distinct }: Query, { by }: Order, named: Output[]): string {
  if (isMeasure(by)) {
    const place = measures.findIndex((measure) => measureSql(measure) === measureSql(by));
    return place < 0 ? measureSql(by) : String(named.length + place + 1);
  }
  const place = distinct ? named.findIndex(({ sql }) => sql === qualified(by)) : -1;
  return place < 0 ? qualified(by) : String(place + 1);
}
