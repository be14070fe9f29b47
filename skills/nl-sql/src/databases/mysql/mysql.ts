import { SkillError } from '@odoobo/skill-kit';
import type { Pool, PoolConnection, PoolOptions } from 'mysql2/promise';
import { type Database, toDatabase } from '../../catalogue/database.js';
import { refuseQuotesInNames } from '../../catalogue/ddl.js';
import {
  type Cell,
  type DataSource,
  defaultQueryTimeoutMs,
  maxResultBytes,
  queryRefused,
  queryTooSlow,
  resultTooLarge,
  type Rows,
} from '../source.js';
import { connectionOf } from './address.js';
import { columnsSql, keysSql, tablesOf } from './tables.js';
import { cellOf, type Field } from './values.js';

const connectTimeoutMs = 5_000;
/** Few, because every instance of the skill takes as many from what the server grants. */
const maxConnections = 4;

/**
 * What was checked must be read as it was meant, whatever the server's own settings are; writing is refused to the session, so that
 * nothing that ends the transaction helps either. https://dev.mysql.com/doc/refman/8.4/en/set-transaction.html
 */
const prepare = [
  "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00'",
  'SET SESSION lock_wait_timeout = 1',
  'SET SESSION TRANSACTION READ ONLY',
  'START TRANSACTION READ ONLY',
];

/** The driver is in a file of its own, which costs nothing before there is a question for MySQL. */
async function openPool(options: PoolOptions): Promise<Pool> {
  const { createPool } = await import('mysql2/promise');
  return createPool(options);
}

export interface MysqlOptions {
  /** The certificate of the authority that signed the server's, in PEM. */
  certificate?: string | undefined;
  queryTimeoutMs?: number;
}

/** A MySQL or MariaDB server. Give it a user that may read what questions may be about, and nothing else. */
export class MysqlSource implements DataSource {
  readonly dialect = 'mysql';
  readonly #options: PoolOptions;
  #pool: Promise<Pool> | undefined;
  readonly #timeoutMs: number;

  constructor(
    readonly name: string,
    address: string,
    { certificate, queryTimeoutMs = defaultQueryTimeoutMs }: MysqlOptions = {},
  ) {
    this.#timeoutMs = queryTimeoutMs;
    this.#options = {
      ...connectionOf(this.#variable, address, certificate),
      connectionLimit: maxConnections,
      maxIdle: 1,
      idleTimeout: 10_000,
      connectTimeout: connectTimeoutMs,
      charset: 'utf8mb4',
      multipleStatements: false,
      // The server could otherwise ask for files of this machine.
      flags: ['-LOCAL_FILES'],
      // Names of columns come from queries, and must not become code.
      disableEval: true,
    };
  }

  get #variable(): string {
    return `DATABASE_URL_${this.name.toUpperCase()}`;
  }

  async readTables(signal: AbortSignal): Promise<Database> {
    const columns = await this.run(columnsSql, signal);
    const keys = await this.run(keysSql, signal);
    const tables = tablesOf(columns.rows, keys.rows);
    tables.forEach(refuseQuotesInNames);
    if (tables.length > 0) return toDatabase(tables);
    throw new SkillError(
      422,
      'no_tables',
      `Database "${this.name}" has no table that its user can read. Grant the user SELECT on the tables for questions.`,
    );
  }

  async run(sql: string, signal: AbortSignal): Promise<Rows> {
    signal.throwIfAborted();
    this.#pool ??= openPool(this.#options);
    const pool = await this.#pool;
    const connection = await pool.getConnection().catch((cause: unknown) => {
      throw this.#unreachable(cause);
    });
    let isUsable = false;
    try {
      const rows = await this.#read(connection, sql, signal);
      isUsable = true;
      return rows;
    } catch (error) {
      signal.throwIfAborted();
      throw this.#told(error);
    } finally {
      // A connection on which something failed is not asked again; closing it also ends what waits for it.
      if (isUsable) connection.release();
      else connection.destroy();
    }
  }

  #read(connection: PoolConnection, sql: string, signal: AbortSignal): Promise<Rows> {
    const size = new AbortController();
    const exceeded = () => size.abort(resultTooLarge());
    const rows = readRows(connection, sql, this.#timeoutMs, exceeded);
    return untilAborted(AbortSignal.any([signal, size.signal]), rows);
  }

  /** https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html and https://mariadb.com/kb/en/mariadb-error-codes/ */
  #told(error: unknown): unknown {
    if (error instanceof SkillError) return error;
    const { errno, sqlState, message } = error as { errno?: number; sqlState?: string; message?: string };
    if (errno !== undefined && tooSlow.includes(errno)) return queryTooSlow(error);
    // The message of a missing right names the user and where it comes from.
    if (errno !== undefined && missingRight.includes(errno))
      return queryRefused('the user may not read that', error);
    return sqlState !== undefined && /^(?:21|22|25|42|HY)/.test(sqlState)
      ? queryRefused(message ?? '', error)
      : this.#unreachable(error);
  }

  #unreachable(cause: unknown): SkillError {
    const message = `Database "${this.name}" cannot be used. Check that it runs, and check ${this.#variable}; the log has the cause.`;
    return new SkillError(502, 'database_unreachable', message, { cause });
  }
}

const tooSlow = [1205, 1317, 1969, 3024];
const missingRight = [1044, 1142, 1143, 1370];

async function readRows(
  connection: PoolConnection,
  sql: string,
  timeoutMs: number,
  exceeded: () => void,
): Promise<Rows> {
  const [[version]] = (await connection.query({ sql: 'SELECT VERSION()', rowsAsArray: true })) as [
    [string[]],
    unknown,
  ];
  for (const statement of [timeoutOf(String(version?.[0]), timeoutMs), ...prepare])
    await connection.query(statement);
  let bytes = 0;
  const typeCast = (field: Field): Cell => {
    const cell = cellOf(field);
    bytes += String(cell).length + 3;
    if (bytes <= maxResultBytes) return cell;
    exceeded();
    return null;
  };
  const [rows, fields] = await connection.query({ sql, rowsAsArray: true, typeCast });
  await connection.query('COMMIT');
  return { columns: fields.map(({ name }) => name), rows: rows as unknown as Cell[][] };
}

/** MySQL ends a SELECT after milliseconds, MariaDB any statement after seconds. */
function timeoutOf(version: string, timeoutMs: number): string {
  return /mariadb/i.test(version)
    ? `SET SESSION max_statement_time = ${timeoutMs / 1000}`
    : `SET SESSION max_execution_time = ${timeoutMs}`;
}

/** The driver never answers a query whose connection was closed, so that the wait has to end by itself. */
async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  // What fails after the caller went away interests no one.
  work.catch(() => undefined);
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
