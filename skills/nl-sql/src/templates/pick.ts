import type { Column, Table } from '../catalogue/database.js';
import type { Reader } from './reader.js';
import { nearestColumns } from './resolve.js';

/** @throws SkillError 422 when the words fit no column that can be reached, or several */
export function pick(reader: Reader, candidates: Column[], from?: Table): Column {
  const fitting = from ? nearestColumns(reader.database, from, candidates) : candidates;
  const [column] = fitting;
  if (column && fitting.length === 1) return column;
  const names = (column ? fitting : candidates).map(({ table, name }) => `${table}.${name}`).join(', ');
  throw reader.refuse(
    column ? `A column is ambiguous: choose one of ${names}.` : `No foreign key leads to ${names}.`,
  );
}
