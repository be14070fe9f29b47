import { SkillError } from '@odoobo/skill-kit';
import { type Database, toDatabase } from '../../catalogue/database.js';
import { noTables, refuseQuotesInNames } from '../../catalogue/ddl.js';
import type { SqliteThreads } from './threads.js';

/**
 * Reads the tables out of SQLite's DDL, by SQLite itself in an empty database.
 * @throws SkillError 422 when SQLite refuses it, or when it creates no table
 */
export async function readSqliteDdl(
  ddl: string,
  threads: SqliteThreads,
  signal: AbortSignal,
): Promise<Database> {
  const reply = await threads.run({ kind: 'tables of DDL', ddl }, signal);
  if (reply.kind !== 'tables') {
    const why = 'message' in reply ? reply.message : reply.kind;
    throw new SkillError(422, 'unreadable_schema', `SQLite refuses the schema: ${why}`);
  }
  if (reply.tables.length === 0) throw noTables();
  reply.tables.forEach(refuseQuotesInNames);
  return toDatabase(reply.tables);
}
