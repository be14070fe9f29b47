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

export const writers: Record<Dialect, Writer> = { postgresql, sqlite };

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

/** With standard_conforming_strings, the default since PostgreSQL 9.1, only the quote itself is special. */
export function literal(value: Filter['value']): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}
