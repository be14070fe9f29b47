import type { Dialect } from '../catalogue/database.js';
import type { Filter, Period } from './query.js';

/** What PostgreSQL and SQLite spell differently; `column` is quoted already. */
export interface Writer {
  startOf(period: Period, column: string): string;
  dayOf(column: string): string;
  contains(column: string, text: string): string;
  'starts with'(column: string, text: string): string;
}

const postgresql: Writer = {
  startOf: (period, column) => `DATE_TRUNC('${period}', ${column})`,
  dayOf: (column) => `${column}::date`,
  contains: (column, text) => `${column} ILIKE ${literal(`%${escapeLike(text)}%`)}`,
  'starts with': (column, text) => `${column} ILIKE ${literal(`${escapeLike(text)}%`)}`,
};

/** SQLite keeps dates as ISO texts, and its LIKE has no escape unless one is named. */
const sqlite: Writer = {
  startOf: (period, column) =>
    period === 'day' ? `DATE(${column})` : `DATE(${column}, 'start of ${period}')`,
  dayOf: (column) => `DATE(${column})`,
  contains: (column, text) => `INSTR(LOWER(${column}), LOWER(${literal(text)})) > 0`,
  'starts with': (column, text) => `INSTR(LOWER(${column}), LOWER(${literal(text)})) = 1`,
};

const mysqlPeriods: Record<Period, (column: string) => string> = {
  day: (column) => `DATE(${column})`,
  month: (column) => `DATE_FORMAT(${column}, '%Y-%m-01')`,
  year: (column) => `DATE_FORMAT(${column}, '%Y-01-01')`,
};

/** MySQL's LIKE takes a backslash for an escape or not, by a setting. */
const mysql: Writer = {
  startOf: (period, column) => mysqlPeriods[period](column),
  dayOf: (column) => `DATE(${column})`,
  contains: sqlite.contains,
  'starts with': sqlite['starts with'],
};

export const writers: Record<Dialect, Writer> = { postgresql, sqlite, mysql };

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

/** With standard_conforming_strings, the default since PostgreSQL 9.1, only the quote itself is special. */
export function literal(value: Filter['value']): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}
