import { SkillError } from '@odoobo/skill-kit';
import { parse, type CreateTableStatement, type DataTypeDef, type Statement } from 'pgsql-ast-parser';

export type Kind = 'number' | 'date' | 'text' | 'boolean' | 'other';

export interface Column {
  table: string;
  name: string;
  kind: Kind;
}

export interface ForeignKey {
  column: string;
  table: string;
  references: string;
}

export interface Table {
  name: string;
  columns: Column[];
  primaryKey: string | undefined;
  foreignKeys: ForeignKey[];
}

export type Database = Map<string, Table>;

/**
 * Reads the tables out of DDL; indexes, comments and other statements are passed over.
 * @throws SkillError 422 with the place when it is no PostgreSQL, or when it creates no table
 */
export function parseDdl(ddl: string): Database {
  const tables = parseStatements(ddl)
    .filter((statement) => statement.type === 'create table')
    .map(toTable);
  if (tables.length === 0) {
    throw new SkillError(422, 'no_tables', 'The schema creates no table. Send its CREATE TABLE statements.');
  }
  tables.forEach(refuseQuotesInNames);
  return new Map(tables.map((table) => [table.name, withKnownReferences(table, tables)]));
}

/** The parser gives a doubled quote back doubled, so that the name could not be told from another one. */
function refuseQuotesInNames({ name, columns }: Table): void {
  const odd = [name, ...columns.map((column) => column.name)].find((text) => text.includes('"'));
  if (odd === undefined) return;
  throw new SkillError(
    422,
    'unsupported_name',
    `The name ${odd} holds a quote, which this skill does not read.`,
  );
}

function parseStatements(ddl: string): Statement[] {
  try {
    return parse(ddl);
  } catch (cause) {
    const where = cause instanceof Error ? cause.message.split('\n').slice(0, 4).join('\n') : String(cause);
    throw new SkillError(
      422,
      'unreadable_schema',
      `The schema is not PostgreSQL that this skill reads: ${where}`,
      {
        cause,
      },
    );
  }
}

function toTable({ name: { name }, columns, constraints = [] }: CreateTableStatement): Table {
  const table: Table = { name, columns: [], primaryKey: undefined, foreignKeys: [] };
  for (const column of columns) {
    if (column.kind !== 'column') continue;
    table.columns.push({ table: name, name: column.name.name, kind: kindOf(column.dataType) });
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

/** A foreign key to a table that the schema leaves out leads nowhere. */
function withKnownReferences(table: Table, tables: Table[]): Table {
  const known = new Set(tables.map(({ name }) => name));
  return { ...table, foreignKeys: table.foreignKeys.filter((key) => known.has(key.table)) };
}

const KINDS: [RegExp, Kind][] = [
  [/^(?:small|big)?(?:int|serial)|^integer|^numeric|^decimal|^real|^double|^float|^money/, 'number'],
  [/^date|^timestamp/, 'date'],
  [/char|text|^uuid/, 'text'],
  [/^bool/, 'boolean'],
];

function kindOf(type: DataTypeDef): Kind {
  if (type.kind === 'array') return 'other';
  const name = type.name.toLowerCase();
  return KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? 'other';
}

/** The column that people know a row by. */
export function labelOf(table: Table): Column | undefined {
  const labels = ['name', 'title', 'label', 'display_name', 'full_name', 'email', 'code', table.primaryKey];
  const found = labels.map((label) => table.columns.find(({ name }) => name === label)).find(Boolean);
  return found ?? table.columns[0];
}
