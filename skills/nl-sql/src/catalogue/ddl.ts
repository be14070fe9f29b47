import { SkillError } from '@odoobo/skill-kit';
import type { CreateTableStatement, DataTypeDef, Statement } from 'pgsql-ast-parser';
import { parseSql } from '../parse-sql.js';
import { type Database, kindOf, type Table, toDatabase } from './database.js';

/**
 * Reads the tables out of PostgreSQL's DDL; indexes, comments and other statements are skipped.
 * @throws SkillError 422 with the place when it is no PostgreSQL, or when it creates no table
 */
export function parseDdl(ddl: string): Database {
  const tables = parseStatements(ddl)
    .filter((statement) => statement.type === 'create table')
    .map(toTable);
  if (tables.length === 0) throw noTables();
  tables.forEach(refuseQuotesInNames);
  return toDatabase(tables);
}

/** The error for a schema without a table, in any dialect. */
export function noTables(): SkillError {
  return new SkillError(
    422,
    'no_tables',
    'The schema creates no table. Send its CREATE TABLE statements in input/schema.',
  );
}

/**
 * The parser returns a doubled quote doubled, so the name could not be distinguished from another one.
 * @throws SkillError 422 that shows the name
 */
export function refuseQuotesInNames({ name, columns }: Table): void {
  const odd = [name, ...columns.map((column) => column.name)].find((text) => text.includes('"'));
  if (odd === undefined) return;
  throw new SkillError(
    422,
    'unsupported_name',
    `The name ${odd} contains a quote, which this skill does not support. Remove it from the schema.`,
  );
}

function parseStatements(ddl: string): Statement[] {
  try {
    return parseSql(ddl);
  } catch (cause) {
    const where = cause instanceof Error ? cause.message.split('\n').slice(0, 4).join('\n') : String(cause);
    throw new SkillError(
      422,
      'unreadable_schema',
      `The schema is not PostgreSQL that this skill can read (for SQLite, set "dialect": "sqlite"): ${where}`,
      { cause },
    );
  }
}

function toTable({ name: { name }, columns, constraints = [] }: CreateTableStatement): Table {
  const table: Table = { name, columns: [], primaryKey: undefined, foreignKeys: [] };
  for (const column of columns) {
    if (column.kind !== 'column') continue;
    const type = typeText(column.dataType);
    table.columns.push({ table: name, name: column.name.name, type, kind: kindOf(type) });
    for (const constraint of column.constraints ?? []) {
      if (constraint.type === 'primary key') table.primaryKey = column.name.name;
      if (constraint.type !== 'reference') continue;
      const references = constraint.foreignColumns[0]?.name ?? '';
      table.foreignKeys.push({ column: column.name.name, table: constraint.foreignTable.name, references });
    }
  }
  for (const constraint of constraints) {
    if (constraint.type === 'primary key' && constraint.columns.length === 1) {
      table.primaryKey = constraint.columns[0]?.name;
    }
    if (constraint.type !== 'foreign key' || constraint.localColumns.length !== 1) continue;
    const column = constraint.localColumns[0]?.name ?? '';
    const references = constraint.foreignColumns[0]?.name ?? '';
    table.foreignKeys.push({ column, table: constraint.foreignTable.name, references });
  }
  return table;
}

function typeText(type: DataTypeDef): string {
  if (type.kind === 'array') return `${typeText(type.arrayOf)}[]`;
  return type.config ? `${type.name}(${type.config.join(',')})` : type.name;
}
