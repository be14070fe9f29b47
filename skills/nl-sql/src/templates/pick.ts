import type { Column, Table } from '../catalogue/database.js';
import type { Reader } from './reader.js';
import { nearestColumns } from './resolve.js';

/** Players that are people, and have no text of their own, have the names of those people. */
function isNamedElsewhere({ columns, foreignKeys }: Table, column: Column): boolean {
  const [key, ...others] = foreignKeys;
  return key?.table === column.table && others.length === 0 && columns.every(({ kind }) => kind !== 'text');
}

/** @throws SkillError 422 when the words fit no column that can be reached, or several */
export function pick(reader: Reader, candidates: Column[], from?: Table): Column {
  const fitting = from ? nearestColumns(reader.database, from, candidates) : candidates;
  const [column] = fitting;
  if (
    column &&
    from &&
    column.table !== from.name &&
    reader.isVague(candidates) &&
    !isNamedElsewhere(from, column)
  ) {
    throw reader.refuse(`${from.name} has no ${column.name}: say which table's ${column.name} is meant.`);
  }
  if (column && fitting.length === 1) return column;
  const names = (column ? fitting : candidates).map(({ table, name }) => `${table}.${name}`).join(', ');
  throw reader.refuse(
    column ? `A column is ambiguous: choose one of ${names}.` : `No foreign key leads to ${names}.`,
  );
}

/** @throws SkillError 422 for a rank, of which the highest is the lowest number */
export function refuseRank(reader: Reader, { name }: Column): void {
  if (!/rank/i.test(name)) return;
  throw reader.refuse(`The highest ${name} may be its lowest number: sort by ${name} instead.`);
}
