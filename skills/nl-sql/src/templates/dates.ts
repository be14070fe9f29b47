import type { Period } from './query.js';
import type { Reader } from './reader.js';

/** From the first day on, up to but without the last; either side may be open. Days as YYYY-MM-DD. */
export interface DateRange {
  from?: string;
  before?: string;
}

const months = 'january february march april may june july august september october november december'.split(
  ' ',
);

/** Reads "in 2024", "last 30 days", "this month", "since 2024-03-01", "between X and Y" and their like. */
export function takeDateRange(reader: Reader, today: string): DateRange | undefined {
  return reader.attempt(() => {
    const word = reader.take('in the', 'during the', 'over the', 'in', 'during', 'from', 'for', 'on');
    return takeRelative(reader, today) ?? takeCalendar(reader, word) ?? takeBounds(reader, word);
  });
}

function takeRelative(reader: Reader, today: string): DateRange | undefined {
  const which = reader.take('this', 'current', 'last', 'previous', 'past', 'today', 'yesterday');
  if (which === undefined) return undefined;
  if (which === 'today') return { from: today, before: shift(today, 'day', 1) };
  if (which === 'yesterday') return { from: shift(today, 'day', -1), before: today };
  const count = reader.takeNumber();
  const unit = takeUnit(reader);
  if (unit === undefined || (count !== undefined && !(count >= 1 && count <= 10_000))) return undefined;
  if (count !== undefined) return { from: shift(today, unit, -count), before: shift(today, 'day', 1) };
  const start = startOf(today, unit);
  const isNow = which === 'this' || which === 'current';
  return isNow
    ? { from: start, before: shift(start, unit, 1) }
    : { from: shift(start, unit, -1), before: start };
}

/** A year, a month with its year, or one day. */
function takeCalendar(reader: Reader, word: string | undefined): DateRange | undefined {
  const month = months.indexOf(reader.take(...months) ?? '');
  const year = reader.takeNumber();
  if (year !== undefined && (word !== undefined || month >= 0) && year >= 1900 && year <= 2200) {
    const start = `${year}-${String(Math.max(month, 0) + 1).padStart(2, '0')}-01`;
    return { from: start, before: shift(start, month >= 0 ? 'month' : 'year', 1) };
  }
  const day = word === 'on' ? takeDay(reader) : undefined;
  return day === undefined ? undefined : { from: day, before: shift(day, 'day', 1) };
}

function takeBounds(reader: Reader, word: string | undefined): DateRange | undefined {
  const sense = reader.take('since', 'after', 'before', 'until', 'between') ?? word;
  const first = takeDay(reader);
  if (first === undefined) return undefined;
  if (sense === 'since') return { from: first };
  if (sense === 'after') return { from: shift(first, 'day', 1) };
  if (sense === 'before') return { before: first };
  if (sense === 'until') return { before: shift(first, 'day', 1) };
  const last = reader.take('and', 'to', 'until') ? takeDay(reader) : undefined;
  return last === undefined ? undefined : { from: first, before: shift(last, 'day', 1) };
}

/** A date that exists: 2024-02-30 does not. */
function takeDay(reader: Reader): string | undefined {
  const token = reader.peek();
  if (token?.kind !== 'date') return undefined;
  const date = new Date(`${token.text}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || toDay(date) !== token.text) return undefined;
  reader.next();
  return token.text;
}

type Unit = Period | 'week';

function takeUnit(reader: Reader): Unit | undefined {
  const word = reader.take('days', 'day', 'weeks', 'week', 'months', 'month', 'years', 'year');
  return word?.replace(/s$/, '') as Unit | undefined;
}

/** Weeks begin on Monday, as in ISO 8601. */
function startOf(day: string, unit: Unit): string {
  if (unit === 'month') return `${day.slice(0, 7)}-01`;
  if (unit === 'year') return `${day.slice(0, 4)}-01-01`;
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return unit === 'week' ? shift(day, 'day', -weekday) : day;
}

/** Moves a day; a month back from the 31st ends on the last day of a shorter month. */
function shift(day: string, unit: Unit, count: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  if (unit === 'day' || unit === 'week') {
    date.setUTCDate(date.getUTCDate() + count * (unit === 'week' ? 7 : 1));
    return toDay(date);
  }
  const wanted = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + count * (unit === 'year' ? 12 : 1));
  const lastOfMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(wanted, lastOfMonth));
  return toDay(date);
}

function toDay(date: Date): string {
  return date.toISOString().slice(0, 10);
}
