import type { Database } from '../catalogue/database.js';
import { literal, type Writer } from './dialects.js';
import { qualified, quote } from './identifiers.js';
import { joinClause, joinTables, tablesOf } from './joins.js';
import { measureSql } from './measures.js';
import type { AlsoIn, Condition, Filter, Related } from './query.js';
import { joinPath } from './resolve.js';

/** Where a condition stands. */
export interface Place {
  database: Database;
  writer: Writer;
  /** The table that the query around it reads. */
  from: string;
}

/** A condition as SQL. */
export function conditionSql(condition: Condition, place: Place): string {
  switch (condition.kind) {
    case 'filter':
      return filterSql(condition, place.writer);
    case 'against': {
      const { column, operator, against } = condition;
      const value = `${against.aggregate.toUpperCase()}(${qualified(against.column)})`;
      return `${qualified(column)} ${operator} (SELECT ${value} FROM ${quote(against.from.name)})`;
    }
    case 'related':
      return relatedSql(condition, place);
    case 'also':
      return alsoSql(condition, place);
    case 'any':
      return `(${condition.conditions.map((each) => conditionSql(each, place)).join(' OR ')})`;
  }
}

function filterSql({ column, operator, value }: Filter, writer: Writer): string {
  const name = qualified(column);
  if (operator === 'contains' || operator === 'starts with') return writer[operator](name, String(value));
  // A timestamp has a time of day, so "is", "after" and "up to" a day need its date.
  const isOfDay = column.kind === 'date' && operator !== '>=' && operator !== '<';
  return `${isOfDay ? writer.dayOf(name) : name} ${operator} ${literal(value)}`;
}

function relatedSql(condition: Related, place: Place): string {
  const { of, link, negated, conditions, count } = condition;
  const { database } = place;
  const path = joinPath(database, link.name, of.name) ?? [];
  const last = path.at(-1);
  if (!last) return '1 = 0';
  const key = `${quote(last.from)}.${quote(last.key.column)}`;
  const inner = { ...place, from: link.name };
  const joins = joinTables(
    database,
    link.name,
    [last.from],
    [...conditions.flatMap(tablesOf), ...(count?.measure.column ? [count.measure.column.table] : [])],
  );
  const where = conditions.map((each) => conditionSql(each, inner));
  // One NULL in the list would make NOT IN true for no row.
  if (negated) where.push(`${key} IS NOT NULL`);
  const parts = [
    `SELECT ${key} FROM ${quote(link.name)}`,
    ...joins.map(joinClause),
    ...(where.length > 0 ? [`WHERE ${where.join(' AND ')}`] : []),
    ...(count
      ? [`GROUP BY ${key} HAVING ${measureSql(count.measure)} ${count.operator} ${count.value}`]
      : []),
  ];
  const column = `${quote(of.name)}.${quote(last.key.references)}`;
  return `${column} ${negated ? 'NOT IN' : 'IN'} (${parts.join(' ')})`;
}

function alsoSql({ column, negated, conditions }: AlsoIn, place: Place): string {
  const { database, from } = place;
  const joins = joinTables(database, from, [], [column.table, ...conditions.flatMap(tablesOf)]);
  const where = conditions.map((each) => conditionSql(each, place));
  if (negated) where.push(`${qualified(column)} IS NOT NULL`);
  const parts = [
    `SELECT ${qualified(column)} FROM ${quote(from)}`,
    ...joins.map(joinClause),
    `WHERE ${where.join(' AND ')}`,
  ];
  return `${qualified(column)} ${negated ? 'NOT IN' : 'IN'} (${parts.join(' ')})`;
}
