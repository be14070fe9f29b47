import { SkillError } from '@odoobo/skill-kit';
import { type Database, type Dialect, kindOf, type Table, toDatabase } from './database.js';
import { SchemaReader } from './ddl/schema.js';
import type { WrittenKey, WrittenTable } from './ddl/table.js';
import { UnreadableDdl } from './ddl/tokens.js';

/**
 * Reads the tables out of DDL, as people write it and as pg_dump, mysqldump and SQLite's `.schema` print it; indexes, comments, rights
 * and other statements are skipped. Partitions are left out: the table that they are part of has their rows.
 * @throws SkillError 422 with the place when it cannot be read, or when it creates no table
 */
export function parseDdl(ddl: string, dialect: Dialect = 'postgresql'): Database {
  const written = readWritten(ddl, dialect);
  if (written.length === 0) throw noTables();
  const kept = withoutNamesakes(written);
  const tables = kept.map((table) => toTable(table, kept, dialect));
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
 * Queries quote names, and a quote in a name is spelled differently by each dialect.
 * @throws SkillError 422 that shows the name
 */
export function refuseQuotesInNames({ name, columns }: Table): void {
  const odd = [name, ...columns.map((column) => column.name)].find((text) => /["`\0]/.test(text));
  if (odd === undefined) return;
  throw unsupportedName(
    `The name ${odd.slice(0, 100)} contains a quote, which this skill does not support. Remove it from the schema.`,
  );
}

const dialectNames: Record<Dialect, string> = {
  postgresql: 'PostgreSQL',
  sqlite: 'SQLite',
  mysql: 'MySQL',
};

function readWritten(ddl: string, dialect: Dialect): WrittenTable[] {
  try {
    return new SchemaReader(dialect).read(ddl);
  } catch (cause) {
    if (!(cause instanceof UnreadableDdl)) throw cause;
    const others = Object.keys(dialectNames).filter((other) => other !== dialect);
    const choices = others.map((other) => `"dialect": "${other}"`).join(' or ');
    throw new SkillError(
      422,
      'unreadable_schema',
      `The schema is not ${dialectNames[dialect]} that this skill can read (set ${choices} if it is another): ${placeOf(ddl, cause.index)}: ${cause.message}`,
      { cause },
    );
  }
}

function placeOf(ddl: string, index: number): string {
  const before = ddl.slice(0, index);
  return `line ${before.split('\n').length} column ${index - before.lastIndexOf('\n')}`;
}

/** Queries name tables without a schema, which means the one in `public`. */
function withoutNamesakes(tables: WrittenTable[]): WrittenTable[] {
  const byName = new Map<string, WrittenTable>();
  for (const table of tables) {
    const other = byName.get(table.name);
    if (other && !isPublic(other) && !isPublic(table)) throw namesakes(table, other);
    if (!other || isPublic(table)) byName.set(table.name, table);
  }
  return [...byName.values()];
}

function isPublic({ schema = 'public' }: WrittenTable): boolean {
  return schema === 'public';
}

function namesakes({ name, schema }: WrittenTable, other: WrittenTable): SkillError {
  return unsupportedName(
    `${other.schema}.${name} and ${schema}.${name} have one name, and queries name tables without a schema. Send one of the two.`,
  );
}

function unsupportedName(message: string): SkillError {
  return new SkillError(422, 'unsupported_name', message);
}

function toTable(
  { name, columns, primaryKey, foreignKeys }: WrittenTable,
  tables: WrittenTable[],
  dialect: Dialect,
): Table {
  const columnNamed = (text: string) => columns.find((column) => isSame(column.name, text, dialect))?.name;
  return {
    name,
    columns: columns.map((column) => ({ table: name, ...column, kind: kindOf(column.type) })),
    primaryKey: primaryKey.length === 1 ? columnNamed(primaryKey[0] ?? '') : undefined,
    foreignKeys: foreignKeys.flatMap((key) => {
      const column = columnNamed(key.column);
      const target = targetOf(key, tables, dialect);
      return column !== undefined && target ? [{ column, ...target }] : [];
    }),
  };
}

/** Where a key leads, spelled as the other table was created; undefined where the schema does not say. */
function targetOf({ target, references }: WrittenKey, tables: WrittenTable[], dialect: Dialect) {
  const table = tables.find(
    ({ name, schema = 'public' }) =>
      isSame(name, target.name, dialect) &&
      (target.schema === undefined || target.schema === schema || dialect !== 'postgresql'),
  );
  const [only, ...others] = table?.primaryKey ?? [];
  const wanted = references ?? (others.length === 0 ? only : undefined);
  const column = table?.columns.find(({ name }) => wanted !== undefined && isSame(name, wanted, dialect));
  return table && column && { table: table.name, references: column.name };
}

/** SQLite and MySQL let a key name a table and its column in any case. */
function isSame(one: string, other: string, dialect: Dialect): boolean {
  return dialect === 'postgresql' ? one === other : one.toLowerCase() === other.toLowerCase();
}
