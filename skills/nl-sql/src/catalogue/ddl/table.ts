import type { Dialect } from '../database.js';
import type { Cursor, Name } from './cursor.js';
import { readType } from './type.js';

/** A foreign key as it is written: without a column it leads to the primary key of the other table. */
export interface WrittenKey {
  column: string;
  target: Name;
  references: string | undefined;
}

/** A table as it is written. */
export interface WrittenTable extends Name {
  columns: { name: string; type: string }[];
  primaryKey: string[];
  foreignKeys: WrittenKey[];
}

/** Words that begin an element of a table that is no column. */
const constraints: Record<Dialect, ReadonlySet<string>> = {
  postgresql: new Set(['CONSTRAINT', 'PRIMARY', 'FOREIGN', 'UNIQUE', 'CHECK']),
  sqlite: new Set(['CONSTRAINT', 'PRIMARY', 'FOREIGN', 'UNIQUE', 'CHECK']),
  mysql: new Set('CONSTRAINT PRIMARY FOREIGN UNIQUE CHECK KEY INDEX FULLTEXT SPATIAL'.split(' ')),
};

/**
 * Reads one element of CREATE TABLE, or what ALTER TABLE adds.
 * @throws UnreadableDdl for what is neither a column nor a constraint
 */
export function readElement(cursor: Cursor, table: WrittenTable, dialect: Dialect): void {
  if (isConstraint(cursor, dialect)) readConstraint(cursor, table);
  else readColumn(cursor, table, dialect);
}

function isConstraint(cursor: Cursor, dialect: Dialect): boolean {
  if (cursor.isAtAny(constraints[dialect])) return true;
  return ['USING', '('].some((next) => cursor.isAt('EXCLUDE', next)) || cursor.isAt('PERIOD', 'FOR');
}

function readConstraint(cursor: Cursor, table: WrittenTable): void {
  const isNamed =
    cursor.take('CONSTRAINT') && !['PRIMARY', 'FOREIGN', 'UNIQUE', 'CHECK'].some((word) => cursor.isAt(word));
  if (isNamed) cursor.identifier();
  if (cursor.take('PRIMARY', 'KEY')) {
    skipToBracket(cursor);
    if (cursor.token) table.primaryKey = cursor.names();
  } else if (cursor.take('FOREIGN', 'KEY')) {
    skipToBracket(cursor);
    const [column, ...others] = cursor.names();
    if (!cursor.take('REFERENCES')) throw cursor.unexpected('REFERENCES');
    addKey(cursor, table, others.length === 0 ? column : undefined);
  }
}

/** MySQL lets a key have a name and a method before its columns. */
function skipToBracket(cursor: Cursor): void {
  while (cursor.token && !cursor.isAt('(')) cursor.skip();
}

/** A key of several columns is left out: questions join by one. */
function addKey(cursor: Cursor, table: WrittenTable, column: string | undefined): void {
  const target = cursor.name();
  const references = cursor.isAt('(') ? cursor.names()[0] : undefined;
  if (column !== undefined) table.foreignKeys.push({ column, target, references });
}

/** MySQL's limit, the highest of the three. */
const maxColumns = 4096;

function readColumn(cursor: Cursor, table: WrittenTable, dialect: Dialect): void {
  if (table.columns.length === maxColumns)
    throw cursor.unexpected(`the end of a table of ${maxColumns} columns`);
  const name = cursor.identifier();
  const type = readType(cursor, dialect);
  table.columns.push({ name, type });
  while (cursor.token) {
    if (cursor.take('PRIMARY', 'KEY')) table.primaryKey = [name];
    else if (cursor.take('REFERENCES')) addKey(cursor, table, name);
    else if (cursor.isAt('(')) cursor.bracketed();
    else cursor.skip();
  }
}
