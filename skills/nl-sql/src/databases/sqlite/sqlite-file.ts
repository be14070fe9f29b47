import { SkillError } from '@odoobo/skill-kit';
import { stat } from 'node:fs/promises';
import { type Database, toDatabase } from '../../catalogue/database.js';
import { refuseQuotesInNames } from '../../catalogue/ddl.js';
import { type DataSource, maxResultBytes, queryRefused, resultTooLarge, type Rows } from '../source.js';
import type { Reply, Task } from './task.js';
import type { SqliteThreads } from './threads.js';

/**
 * A SQLite file beside the skill. It is read again for each question, so a file that is replaced is seen at once; its tables are kept
 * as long as it has not changed, which spares half the time.
 */
export class SqliteFile implements DataSource {
  readonly dialect = 'sqlite';
  #known: { version: string; tables: Database } | undefined;

  constructor(
    readonly name: string,
    readonly file: string,
    readonly threads: SqliteThreads,
  ) {}

  async readTables(signal: AbortSignal): Promise<Database> {
    const version = await versionOf(this.file);
    if (version !== undefined && this.#known?.version === version) return this.#known.tables;
    const tables = await this.#readTables(signal);
    this.#known = version === undefined ? undefined : { version, tables };
    return tables;
  }

  async #readTables(signal: AbortSignal): Promise<Database> {
    const reply = await this.#ask({ kind: 'tables of file', file: this.file }, signal);
    if (reply.kind !== 'tables') throw this.#unusable(reply.kind);
    reply.tables.forEach(refuseQuotesInNames);
    if (reply.tables.length > 0) return toDatabase(reply.tables);
    throw new SkillError(422, 'no_tables', `Database "${this.name}" has no table.`);
  }

  async run(sql: string, signal: AbortSignal): Promise<Rows> {
    const task: Task = { kind: 'query', file: this.file, sql, maxBytes: maxResultBytes };
    const reply = await this.#ask(task, signal);
    if (reply.kind === 'too large') throw resultTooLarge();
    if (reply.kind === 'refused') throw queryRefused(reply.message);
    if (reply.kind !== 'rows') throw this.#unusable(reply.kind);
    return reply.rows;
  }

  async #ask(task: Task, signal: AbortSignal): Promise<Reply> {
    const reply = await this.threads.run(task, signal);
    if (reply.kind === 'failed') throw this.#unusable(reply.message);
    return reply;
  }

  #unusable(why: string): SkillError {
    const message = `Database "${this.name}" cannot be used. Check the file of DATABASE_URL_${this.name.toUpperCase()}; the log has the cause.`;
    return new SkillError(502, 'database_unusable', message, { cause: new Error(why) });
  }
}

/** Changes whenever the file does; undefined without a file. */
async function versionOf(file: string): Promise<string | undefined> {
  return stat(file, { bigint: true }).then(
    ({ dev, ino, size, mtimeNs, ctimeNs }) => [dev, ino, size, mtimeNs, ctimeNs].join(),
    () => undefined,
  );
}
