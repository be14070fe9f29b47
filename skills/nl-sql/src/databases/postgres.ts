import { SkillError } from '@odoobo/skill-kit';
import pg from 'pg';
import { type Database, kindOf, type Table, toDatabase } from '../catalogue/database.js';
import { refuseQuotesInNames } from '../catalogue/ddl.js';
import { readTablesSql, tableRowSchema } from './postgres-tables.js';
import { cellOf, typesAsText } from './postgres-values.js';
import {
  type DataSource,
  defaultQueryTimeoutMs,
  maxResultBytes,
  queryRefused,
  queryTooSlow,
  resultTooLarge,
  type Rows,
} from './source.js';

const connectTimeoutMs = 5_000;
/** Few, because every instance of the skill takes as many from what the server grants. */
const maxConnections = 4;

/** Every statement of a question runs in a transaction that cannot write, and that the server ends by itself. */
const begin = (timeoutMs: number) =>
  [
    'BEGIN READ ONLY',
    `SET LOCAL statement_timeout = ${timeoutMs}`,
    'SET LOCAL lock_timeout = 1000',
    `SET LOCAL idle_in_transaction_session_timeout = ${timeoutMs * 2}`,
    // What was checked must be read as it was meant, whatever the server's own settings are.
    'SET LOCAL standard_conforming_strings = on',
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO'",
  ].join('; ');

export interface PostgresOptions {
  /** The certificate of the authority that signed the server's, in PEM; without it the system's are trusted. */
  certificate?: string | undefined;
  queryTimeoutMs?: number;
}

/** A PostgreSQL server. Give it a role that may read what questions may be about, and nothing else. */
export class PostgresSource implements DataSource {
  readonly dialect = 'postgresql';
  readonly #pool: pg.Pool;
  readonly #begin: string;

  constructor(
    readonly name: string,
    address: string,
    { certificate, queryTimeoutMs = defaultQueryTimeoutMs }: PostgresOptions = {},
  ) {
    this.#begin = begin(queryTimeoutMs);
    this.#pool = new pg.Pool({
      connectionString: certificate ? withoutSslMode(address) : address,
      ...(certificate && { ssl: { ca: certificate } }),
      max: maxConnections,
      connectionTimeoutMillis: connectTimeoutMs,
      application_name: 'nl-sql',
      allowExitOnIdle: true,
    });
    // A connection that breaks while it is unused is replaced by the next question.
    this.#pool.on('error', () => undefined);
  }

  async readTables(signal: AbortSignal): Promise<Database> {
    const { rows } = await this.#query(readTablesSql, signal);
    const tables = rows.map(([json]) => tableRowSchema.parse(JSON.parse(String(json)))).map(toTable);
    if (tables.length > 0) return toDatabase(tables);
    throw new SkillError(
      422,
      'no_tables',
      `Database "${this.name}" has no table that its role can read. Grant the role SELECT on the tables for questions.`,
    );
  }

  run(sql: string, signal: AbortSignal): Promise<Rows> {
    return this.#query(sql, signal);
  }

  async #query(sql: string, signal: AbortSignal): Promise<Rows> {
    signal.throwIfAborted();
    const client = await this.#connect();
    // Destroying the socket is the one way out of a wait; the server then ends the statement by its own timeout.
    const stop = (reason: Error) => client.connection.stream.destroy(reason);
    const abort = () => stop(signal.reason as Error);
    const unlimit = limitBytes(client, () => stop(resultTooLarge()));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    // The query gets the error of a broken connection; without a listener the client's own event would be uncaught.
    const ignore = () => undefined;
    client.on('error', ignore);
    let broken = true;
    try {
      const rows = await inTransaction(client, this.#begin, sql);
      broken = false;
      return rows;
    } catch (error) {
      signal.throwIfAborted();
      broken = !(error instanceof pg.DatabaseError) || !(await rolledBack(client));
      throw this.#told(error);
    } finally {
      unlimit();
      signal.removeEventListener('abort', abort);
      client.release(broken);
      if (!broken) client.off('error', ignore);
    }
  }

  async #connect(): Promise<pg.PoolClient & pg.Client> {
    try {
      return (await this.#pool.connect()) as pg.PoolClient & pg.Client;
    } catch (cause) {
      throw this.#unreachable(cause);
    }
  }

  /** https://www.postgresql.org/docs/current/errcodes-appendix.html */
  #told(error: unknown): unknown {
    if (error instanceof SkillError) return error;
    if (!(error instanceof pg.DatabaseError)) return this.#unreachable(error);
    if (error.code === '57014' || error.code === '55P03') return queryTooSlow(error);
    // 21 and 22: data that does not fit; 42: syntax, names, types and rights; 54: too much of something.
    return /^(?:21|22|42|54|25006)/.test(error.code ?? '')
      ? queryRefused(error.message, error)
      : this.#unreachable(error);
  }

  #unreachable(cause: unknown): SkillError {
    const message = `Database "${this.name}" cannot be used. Check that it runs, and check DATABASE_URL_${this.name.toUpperCase()}; the log has the cause.`;
    return new SkillError(502, 'database_unreachable', message, { cause });
  }
}

async function inTransaction(client: pg.Client, begin: string, sql: string): Promise<Rows> {
  await client.query(begin);
  const { fields, rows } = await client.query<unknown[]>({
    text: sql,
    rowMode: 'array',
    types: typesAsText,
  });
  await client.query('COMMIT');
  return {
    columns: fields.map(({ name }) => name),
    rows: rows.map((row) => row.map((value, i) => cellOf(value, fields[i]?.dataTypeID))),
  };
}

async function rolledBack(client: pg.Client): Promise<boolean> {
  return client.query('ROLLBACK').then(
    () => true,
    () => false,
  );
}

/** Counts what the server sends: a row limit alone does not bound a thousand rows of a megabyte each. */
function limitBytes(client: pg.Client, exceeded: () => void): () => void {
  const { stream } = client.connection;
  let bytes = 0;
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxResultBytes) exceeded();
  };
  stream.on('data', count);
  return () => stream.off('data', count);
}

/** pg lets `sslmode` in the address win over the certificate that was given for it. */
function withoutSslMode(address: string): string {
  return address.replace(/([?&])sslmode=[^&]*&?/, '$1').replace(/[?&]$/, '');
}

function toTable({
  name,
  columns,
  primary_key,
  foreign_keys,
}: ReturnType<typeof tableRowSchema.parse>): Table {
  const table: Table = {
    name,
    columns: columns.map((column) => ({ table: name, ...column, kind: kindOf(column.type) })),
    primaryKey: primary_key.length === 1 ? primary_key[0] : undefined,
    foreignKeys: foreign_keys,
  };
  refuseQuotesInNames(table);
  return table;
}
