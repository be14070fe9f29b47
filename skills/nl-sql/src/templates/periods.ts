import type { Column, Table } from '../catalogue/database.js';
import { takeDateRange } from './dates.js';
import { takeAuxiliaries } from './links.js';
import type { Comparison, Condition } from './query.js';
import type { Reader } from './reader.js';
import { nearestColumns } from './resolve.js';
import { stems } from './words.js';

/** "in 2024", "last 30 days", "founded after 2008": by the only date, or the only year, of a table. */
export function takePeriod(reader: Reader, today: string, table: Table): Condition[] | undefined {
  const year = yearColumnOf(reader, table);
  if (year) return takeYears(reader, year);
  takeVerbOf(reader, datesOf(reader, table)[0]);
  const range = takeDateRange(reader, today);
  if (!range) return undefined;
  const column = dateColumnOf(reader, table);
  const { from, before } = range;
  return [
    ...(from === undefined ? [] : [compare(column, '>=', from)]),
    ...(before === undefined ? [] : [compare(column, '<', before)]),
  ];
}

function compare(column: Column, operator: Comparison, value: string | number): Condition {
  return { kind: 'filter', column, operator, value };
}

function datesOf({ database }: Reader, table: Table): Column[] {
  const all = [...database.values()].flatMap(({ columns }) => columns.filter(({ kind }) => kind === 'date'));
  return nearestColumns(database, table, all);
}

/** The nearest date; with several at one distance the question has to name one in a filter. */
export function dateColumnOf(reader: Reader, table: Table): Column {
  const dates = datesOf(reader, table);
  const [column] = dates;
  if (column && dates.length === 1) return column;
  const names = dates.map(({ name }) => name).join(', ');
  throw reader.refuse(
    column
      ? `${table.name} has several dates (${names}): name one, such as "${column.name} after 2024-03-01".`
      : `${table.name} has no date.`,
  );
}

/** The only column that holds years, in a table without dates. */
function yearColumnOf(reader: Reader, table: Table): Column | undefined {
  if (datesOf(reader, table).length > 0) return undefined;
  const [year, ...others] = table.columns.filter(
    ({ name, kind }) => /year/i.test(name) && (kind === 'number' || kind === 'text'),
  );
  return others.length === 0 ? year : undefined;
}

/** Verbs that say no more than that something was at that time. */
const neutral = /^(?:happen|occur|held|hold|took|made|produced|built|created|place)/;

/** "that were founded" for `year_of_founded`, and verbs that mean nothing more; the preposition is left. */
function takeVerbOf(reader: Reader, column: Column | undefined): void {
  takeAuxiliaries(reader);
  const token = reader.peek();
  if (!column || token?.kind !== 'word') return;
  const root = token.text.replace(/(?:ed|d|ing)$/, '');
  const isNamed = root.length > 3 && stems(column.name).some((word) => word.startsWith(root));
  if (isNamed || neutral.test(token.text)) reader.next();
  if (token.text === 'took') reader.take('place');
}

function takeYears(reader: Reader, column: Column): Condition[] | undefined {
  takeVerbOf(reader, column);
  const word = reader.take('in', 'during', 'after', 'before', 'since', 'from', 'on');
  reader.takeAll('the', 'year', 'years', 'of');
  const first = takeYear(reader);
  if (word === undefined || first === undefined) return undefined;
  const valueOf = (year: number) => (column.kind === 'text' ? String(year) : year);
  if (word === 'after' || word === 'before')
    return [compare(column, word === 'after' ? '>' : '<', valueOf(first))];
  if (word === 'since' || reader.take('or after', 'or later')) return [compare(column, '>=', valueOf(first))];
  if (reader.take('or before', 'or earlier')) return [compare(column, '<=', valueOf(first))];
  const second = reader.attempt(() => (reader.take('or') ? takeYear(reader) : undefined));
  const years = [first, ...(second === undefined ? [] : [second])];
  const conditions = years.map((year) => compare(column, '=', valueOf(year)));
  return conditions.length === 1 ? conditions : [{ kind: 'any', conditions }];
}

function takeYear(reader: Reader): number | undefined {
  const year = reader.peek()?.kind === 'number' ? reader.takeNumber() : undefined;
  return year !== undefined && Number.isInteger(year) && year >= 1000 && year <= 2999 ? year : undefined;
}
