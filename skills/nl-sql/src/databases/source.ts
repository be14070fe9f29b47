import { SkillError } from '@odoobo/skill-kit';
import type { Database, Dialect } from '../catalogue/database.js';

/** JSON has no other scalars; what fits none of them is text, as the database writes it. */
export type Cell = string | number | boolean | null;

export interface Rows {
  columns: string[];
  rows: Cell[][];
}

/** A database that questions may be asked about. */
export interface DataSource {
  dialect: Dialect;
  /** @throws SkillError 502 or 504 when it cannot be read */
  readTables(signal: AbortSignal): Promise<Database>;
  /**
   * Runs a query that was checked, read-only and within QUERY_TIMEOUT_MS.
   * @throws SkillError 422 `query_refused` when the database cannot run it, `query_too_slow`, `result_too_large`; 502
   *   when it cannot be reached
   */
  run(sql: string, signal: AbortSignal): Promise<Rows>;
}

/** Longest time for one query, in milliseconds. */
export const defaultQueryTimeoutMs = 5_000;

/** Largest answer of one query, in bytes. */
export const maxResultBytes = 4 * 1024 * 1024;

export function queryRefused(why: string, cause?: unknown): SkillError {
  return new SkillError(422, 'query_refused', `The database refused the query: ${why}`, { cause });
}

export function queryTooSlow(cause?: unknown): SkillError {
  return new SkillError(
    422,
    'query_too_slow',
    `The query took longer than ${defaultQueryTimeoutMs} ms. Narrow the question: a shorter period, one customer.`,
    { cause },
  );
}

export function resultTooLarge(): SkillError {
  return new SkillError(
    422,
    'result_too_large',
    `The rows are larger than ${maxResultBytes} bytes. Ask for fewer columns or rows, with a lower "limit".`,
  );
}
