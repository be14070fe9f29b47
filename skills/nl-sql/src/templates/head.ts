import type { Column, Table } from '../catalogue/database.js';
import { countWords, distinctWords, type Item, type Items, takeDistinct, takeItems } from './items.js';
import type { Group, Order } from './query.js';
import type { Reader } from './reader.js';
import { linkOf } from './resolve.js';
import { takeRankedTable } from './superlatives.js';

/** How a question begins: what it asks for, and of which table. */
export interface Head {
  /** The table whose rows the rest of the question is about. */
  subject: Table;
  /** False when the subject follows only from the columns that were named. */
  isNamed: boolean;
  /** False when other tables have such columns as well. */
  isOnly: boolean;
  items: Item[];
  distinct: boolean;
  /** "which customers" asks for their names, "list customers" for all that is known of them. */
  asksWhich: boolean;
  groups: Group[];
  order?: Order;
  /** The rows of this table, counted, are what the order is by. */
  orderCount?: { table: Table; descending: boolean };
  /** The rows are in the order of what is computed. */
  ranksMeasure?: { descending: boolean };
  limit?: number;
}

const leads = [
  'can you',
  'please',
  'show me',
  'show',
  'list out',
  'list',
  'find out',
  'find',
  'give me',
  'give',
  'get',
  'return',
  'tell me',
  'display',
  'compute',
  'calculate',
  'report',
  'state',
  'what is',
  'what are',
  'what was',
  'what were',
  'which are',
  'which is',
  'who are',
  'who is',
  "what's",
];

/** Reads the ways in which a question may begin, one after the other; the reader stands behind what was read. */
export function* heads(reader: Reader): Generator<Head> {
  const lead = reader.takeAll(...leads).at(-1);
  const isAll =
    reader.take('all the information about', 'all information about', 'all the details of') !== undefined;
  const which = reader.take('which', 'what', 'who') ?? (/^wh/.test(lead ?? '') ? lead : undefined);
  const asksWhich = which !== undefined && !isAll;
  const start = reader.place;
  for (const read of readings) {
    reader.returnTo(start);
    for (const head of read(reader)) yield { ...empty, ...head, asksWhich };
  }
}

const empty = { isNamed: true, isOnly: true, items: [], distinct: false, groups: [] };

type Reading = (reader: Reader) => Iterable<Partial<Head> & { subject: Table }>;

/** The longer of the two comes first: "stadium names" are no stadiums. */
const readings: Reading[] = [mostCommon, countedColumns, tables, itemsOf];

/** "the most common nationality of players" */
function* mostCommon(reader: Reader): Iterable<Partial<Head> & { subject: Table }> {
  reader.takeAll('the');
  const word = reader.take('most common', 'most frequent', 'most popular', 'least common', 'least frequent');
  if (word === undefined) return;
  const candidates = reader.takeColumns();
  const items = [{ kind: 'column' as const, candidates }];
  const orderCount = (table: Table) => ({
    orderCount: { table, descending: word.startsWith('most') },
    limit: 1,
  });
  const end = reader.place;
  const named = reader.attempt(() => (reader.take(...ofWords) ? takeAllOf(reader) : undefined));
  if (named) yield { subject: named, isNamed: false, items, ...orderCount(named) };
  const subjects = subjectsOf(reader, { items, distinct: false });
  for (const subject of named || candidates.length === 0 ? [] : subjects) {
    reader.returnTo(end);
    yield { subject, isNamed: false, isOnly: subjects.length === 1, items, ...orderCount(subject) };
  }
}

/** The column of a table that has the name of the table: the "airline" of airlines. */
function columnNamedAs(reader: Reader, table: Table, start: number): Items['items'] {
  const end = reader.place;
  reader.returnTo(start);
  const own = reader.takeColumns().filter((column) => column.table === table.name);
  const isSame = own.length === 1 && reader.place === end;
  reader.returnTo(end);
  return isSame ? [{ kind: 'column', candidates: own }] : [];
}

/** "count orders" without "of", and "how many orders" */
function* countedColumns(reader: Reader): Iterable<Partial<Head> & { subject: Table }> {
  if (!reader.take('count the number of', 'count the', 'count', ...countWords)) return;
  if (takeDistinct(reader)) return;
  const subject = reader.takeTable();
  if (!subject) reader.refuse(`"${reader.rest()}" is not a table, so it cannot be counted.`);
  if (!subject || reader.take('and')) return;
  yield { subject, items: [{ kind: 'count', table: subject }] };
}

function* tables(reader: Reader): Iterable<Partial<Head> & { subject: Table }> {
  const start = reader.place;
  takeItems(reader);
  const end = reader.place;
  reader.returnTo(start);
  const limit = reader.takeNumber();
  reader.takeAll('the', 'all', 'of', ...distinctWords);
  const ranked = takeRankedTable(reader);
  const named = reader.place;
  const subject = ranked?.table ?? reader.takeTable();
  if (!subject || reader.place < end) return;
  yield {
    subject,
    items: ranked ? [] : columnNamedAs(reader, subject, named),
    ...(limit !== undefined && { limit: rowsOf(reader, limit) }),
    ...(ranked && { order: ranked.order, limit: limit ?? 1 }),
  };
}

/** @throws SkillError 422 for more rows than an answer may have */
export function rowsOf(reader: Reader, limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return limit;
  throw reader.refuse(`${limit} is not a number of rows from 1 to 1000.`);
}

const ofWords = ['of', 'for', 'from', 'across', 'in', 'by', 'among', 'on', 'over'];

/** "name and age of singers", "average age", "number of concerts" */
function* itemsOf(reader: Reader): Iterable<Partial<Head> & { subject: Table }> {
  reader.take('count');
  const start = reader.place;
  const found = takeItems(reader);
  if (!found) return;
  const end = reader.place;
  const named = reader.attempt(() => takeOf(reader));
  if (named) yield { ...found, ...named };
  reader.returnTo(end);
  const subjects = subjectsOf(reader, found).filter((table) => isFree(reader, table, start, end));
  reader.returnTo(end);
  if (subjects.length > 1) refuseAmbiguous(reader, found);
  for (const subject of subjects) {
    reader.returnTo(end);
    yield { ...found, subject, isNamed: false, isOnly: subjects.length === 1 };
  }
}

/** Words that name a table mean that table, and not a column of another one that is called the same. */
function isFree(reader: Reader, subject: Table, start: number, end: number): boolean {
  reader.returnTo(start);
  takeDistinct(reader);
  const table = reader.takeTable();
  return !table || reader.place < end || table === subject;
}

function takeOf(
  reader: Reader,
): { subject: Table; order?: Order; limit?: number; groups?: Group[] } | undefined {
  if (!reader.take(...ofWords)) return undefined;
  reader.takeAll('the', 'all', 'all the', 'of', ...distinctWords);
  const each = reader.take('each', 'every');
  const ranked = takeRankedTable(reader);
  if (ranked) return { subject: ranked.table, order: ranked.order, limit: 1 };
  const subject = reader.takeTable();
  return (
    subject && { subject, ...(each !== undefined && { groups: [{ by: 'entity' as const, table: subject }] }) }
  );
}

/** Kept for the case that no meaning fits. */
function refuseAmbiguous(reader: Reader, { items }: Items): void {
  const columns = items.flatMap((item) => (item.kind === 'count' ? [] : item.candidates));
  const names = columns.map(({ table, name }) => `${table}.${name}`).join(', ');
  reader.refuse(`A column is ambiguous: choose one of ${names}.`);
}

/** The tables that have all that was asked for. */
function subjectsOf(reader: Reader, { items }: Items): Table[] {
  return [...reader.database.values()].filter((table) =>
    items.every((item) =>
      item.kind === 'count'
        ? item.table === table ||
          (items.length > 1 && linkOf(reader.database, table, item.table) !== undefined)
        : hasOneOf(table, item.candidates),
    ),
  );
}

function hasOneOf(table: Table, candidates: Column[]): boolean {
  return candidates.some((column) => column.table === table.name);
}

function takeAllOf(reader: Reader): Table | undefined {
  reader.takeAll('the', 'all', 'all the');
  return reader.takeTable();
}
