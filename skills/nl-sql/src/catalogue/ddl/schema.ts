import type { Dialect } from '../database.js';
import { Cursor, type Name } from './cursor.js';
import { statementsOf } from './statements.js';
import { readElement, type WrittenTable } from './table.js';
import { type Token, UnreadableDdl } from './tokens.js';
import { readType } from './type.js';

/** Collects the tables of a schema, statement by statement, as a database would create them. */
export class SchemaReader {
  readonly #tables = new Map<string, WrittenTable>();
  readonly #partitions = new Set<string>();
  /** PostgreSQL's domains: other names for types. */
  readonly #domains = new Map<string, string>();
  /** A table whose columns are those of a query, which nothing runs. */
  #unlisted: UnreadableDdl | undefined;

  constructor(readonly dialect: Dialect) {}

  /** @throws UnreadableDdl where it is not SQL, or creates only tables whose columns are not listed */
  read(ddl: string): WrittenTable[] {
    for (const tokens of statementsOf(ddl, this.dialect)) this.#statement(tokens);
    const tables = [...this.#tables].filter(([key]) => !this.#partitions.has(key)).map(([, table]) => table);
    if (tables.length === 0 && this.#unlisted) throw this.#unlisted;
    if (tables.reduce((sum, { columns }) => sum + columns.length, 0) > maxColumns) throw tooManyColumns();
    return tables.map((table) => ({ ...table, columns: table.columns.map((column) => this.#plain(column)) }));
  }

  #statement(tokens: Token[]): void {
    const cursor = new Cursor(tokens, tokens.at(-1)?.index ?? 0, foldOf(this.dialect));
    if (cursor.take('CREATE')) this.#create(cursor);
    else if (cursor.take('ALTER', 'TABLE')) this.#alter(cursor);
  }

  #create(cursor: Cursor): void {
    if (cursor.take('SCHEMA')) return this.#createSchema(cursor);
    if (cursor.take('DOMAIN')) return this.#createDomain(cursor);
    while (['GLOBAL', 'LOCAL', 'TEMP', 'TEMPORARY', 'UNLOGGED'].some((word) => cursor.take(word)));
    if (cursor.take('TABLE')) this.#createTable(cursor);
  }

  /** What it creates may follow in the same statement: https://www.postgresql.org/docs/current/sql-createschema.html */
  #createSchema(cursor: Cursor): void {
    cursor.take('IF', 'NOT', 'EXISTS');
    const schema = cursor.isAt('AUTHORIZATION') ? undefined : cursor.identifier();
    while (cursor.token) {
      if (cursor.take('CREATE', 'TABLE')) this.#createTable(cursor, schema);
      else if (cursor.isAt('(')) cursor.bracketed();
      else cursor.skip();
    }
  }

  #createDomain(cursor: Cursor): void {
    const { name } = cursor.name();
    cursor.take('AS');
    this.#domains.set(name, readType(cursor, this.dialect));
  }

  #createTable(cursor: Cursor, schema?: string): void {
    const isKept = cursor.take('IF', 'NOT', 'EXISTS');
    const start = cursor.token?.index ?? cursor.end;
    const written = this.#nameOf(cursor, start);
    const name = { ...written, schema: written.schema ?? schema };
    if (cursor.isAt('PARTITION', 'OF') || cursor.isAt('OF')) return;
    if (!cursor.isAt('(')) {
      this.#unlisted ??= new UnreadableDdl(
        start,
        `list the columns of ${name.name}: it is created without them`,
      );
      return;
    }
    const table: WrittenTable = { ...name, columns: [], primaryKey: [], foreignKeys: [] };
    for (const element of cursor.bracketed()) this.#element(element, table);
    if (cursor.take('INHERITS')) {
      for (const parent of cursor.bracketed()) table.columns.unshift(...this.#columnsOf(parent.name()));
    }
    if (!(isKept && this.#tables.has(keyOf(name)))) this.#tables.set(keyOf(name), table);
  }

  /** SQLite's other schemas are other files, which an ATTACH would have to open. */
  #nameOf(cursor: Cursor, start: number): Name {
    const name = cursor.name();
    if (this.dialect !== 'sqlite' || name.schema === undefined || /^(?:main|temp)$/i.test(name.schema))
      return name;
    throw new UnreadableDdl(start, `${name.schema} is another file: create ${name.name} without it`);
  }

  #element(element: Cursor, table: WrittenTable): void {
    if (element.take('LIKE')) table.columns.push(...this.#columnsOf(element.name()));
    else if (element.token || table.columns.length > 0) readElement(element, table, this.dialect);
  }

  #alter(cursor: Cursor): void {
    cursor.take('IF', 'EXISTS');
    cursor.take('ONLY');
    const table = this.#tables.get(keyOf(cursor.name()));
    if (cursor.take('ATTACH', 'PARTITION')) this.#partitions.add(keyOf(cursor.name()));
    else if (table) cursor.parts().forEach((action) => this.#action(action, table));
  }

  #action(action: Cursor, table: WrittenTable): void {
    if (!action.take('ADD')) return;
    action.take('COLUMN');
    action.take('IF', 'NOT', 'EXISTS');
    if (!(this.dialect === 'mysql' && (action.isAt('(') || action.isAt('PARTITION')))) {
      readElement(action, table, this.dialect);
    }
  }

  #columnsOf(name: Name): WrittenTable['columns'] {
    return this.#tables.get(keyOf(name))?.columns ?? [];
  }

  #plain({ name, type }: { name: string; type: string }): { name: string; type: string } {
    return { name, type: this.#domains.get(type) ?? type };
  }
}

/** A large ERP system has about as many; each question is held against all of them. */
const maxColumns = 10_000;

function tooManyColumns(): UnreadableDdl {
  return new UnreadableDdl(0, `more than ${maxColumns} columns: send the tables that the question is about`);
}

function foldOf(dialect: Dialect): (name: string) => string {
  return dialect === 'postgresql' ? (name) => name.toLowerCase() : (name) => name;
}

/** PostgreSQL's default schema is `public`, and a dump writes it out. */
function keyOf({ schema = 'public', name }: Name): string {
  return JSON.stringify([schema, name]);
}
