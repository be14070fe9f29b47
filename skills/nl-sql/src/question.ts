import type { Dialect } from './catalogue/database.js';

export interface Question {
  question: string;
  dialect: Dialect;
  /** Day that "last month" counts from, as YYYY-MM-DD. */
  today: string;
  /** The most rows that the query may return. */
  limit: number;
}

/** A query that passed its check. */
export interface CheckedQuery {
  sql: string;
  explanation: string;
  /** The tables it reads. */
  tables: string[];
}
