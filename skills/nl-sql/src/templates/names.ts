import type { Column, Database, Table } from '../catalogue/database.js';
import { stems } from './words.js';

/** Words that a question may use for a table or a column. */
export interface Name<T> {
  /** The stems without spaces between them: "birth date", `birth_date` and `birthdate` are one name. */
  key: string;
  /** 0 for the name itself; the higher, the more of it was left out. */
  distance: number;
  item: T;
}

const abbreviations: Record<string, string> = {
  fname: 'first name',
  lname: 'last name',
  dob: 'date of birth',
  addr: 'address',
  qty: 'quantity',
  desc: 'description',
  dept: 'department',
  num: 'number',
  nr: 'number',
};

/** Words that people use for each other; the second stands for both. */
const synonyms: Record<string, string> = {
  gender: 'sex',
  shop: 'store',
  nation: 'country',
  cellphone: 'phone',
};

/** A word as it is compared: without its plural, and one of several that mean the same. */
export function wordKey(stem: string): string {
  return synonyms[stem] ?? stem;
}

/** What names of tables begin or end with that says nothing of their rows. */
const prefixes = new Set(['ref', 'tbl', 'tb', 'dim', 'fact', 'lookup']);
const suffixes = new Set(
  ['data', 'list', 'info', 'table', 'detail', 'record'].flatMap((word) => stems(word)),
);

/** The words of a name, with abbreviations written out and without remarks such as "(in millions)". */
function wordsOf(name: string): string[] {
  return stems(name.replace(/[_ ]*\(.*?\)/g, ''))
    .flatMap((word) => (abbreviations[word] === undefined ? [word] : stems(abbreviations[word])))
    .map(wordKey);
}

/** A table's words without what only says that it is a table. */
function coreOf({ name }: Table): string[] {
  const words = wordsOf(name);
  const start = words.length > 1 && prefixes.has(words[0] ?? '') ? 1 : 0;
  const end = words.length - start > 1 && suffixes.has(words.at(-1) ?? '') ? -1 : undefined;
  return words.slice(start, end);
}

/** The names of all tables. The last word of a name will do if no other table ends in it. */
export function tableNames(database: Database): Name<Table>[] {
  return [...database.values()].flatMap((table) => {
    const core = coreOf(table);
    return [
      { key: wordsOf(table.name).join(''), distance: 0, item: table },
      { key: core.join(''), distance: 1, item: table },
      { key: core.at(-1) ?? '', distance: 2, item: table },
    ];
  });
}

/** The names of all columns. */
export function columnNames(database: Database): Name<Column>[] {
  return [...database.values()].flatMap((table) => table.columns.flatMap((column) => namesOf(column, table)));
}

function namesOf(column: Column, table: Table): Name<Column>[] {
  const words = wordsOf(column.name);
  const own = withoutTable(words, coreOf(table));
  const named = (distance: number, ...spellings: string[][]) =>
    spellings.map((spelling) => ({ key: spelling.join(''), distance, item: column }));
  const isKey = table.primaryKey === column.name;
  return [
    ...named(0, words, ...turned(words)),
    ...(own ? named(1, own, ...turned(own)) : []),
    ...(words.join('') === coreOf(table).join('')
      ? named(1, ['name'], ...tableWords(table).map((of) => [...of, 'name']))
      : []),
    ...(column.kind === 'number' && !/id$/i.test(column.name) ? named(2, ['number', 'of', ...words]) : []),
    ...(isKey && /id$/i.test(column.name) ? named(1, ['id'], [...coreOf(table), 'id']) : []),
    ...named(
      1,
      ...tableWords(table).flatMap((of) => [words, ...(own ? [own] : [])].map((name) => [...of, ...name])),
    ),
    ...(words[1] === 'of' && !vague.has(words[0] ?? '') ? named(2, words.slice(0, 1)) : []),
    ...tails(own ?? words)
      .filter((tail) => !isShared(tail, column, table))
      .flatMap((tail) => named(2, tail, ...turned(tail))),
  ];
}

function tableWords(table: Table): string[][] {
  const core = coreOf(table);
  return core.length > 1 ? [core, core.slice(-1), wordsOf(table.name)] : [core, wordsOf(table.name)];
}

/** `document_name` is the "name" of documents, and `pettype` the "type" of pets. */
function withoutTable(words: string[], table: string[]): string[] | undefined {
  const starts = [table, table.slice(-1), table.slice(0, 1)].map((start) => start.join(''));
  for (const start of starts) {
    if (words.length > 1 && words[0] === start) return words.slice(1);
    if (words.join('').startsWith(table.join('')) && words.length > table.length)
      return words.slice(table.length);
    const [only = ''] = words.length === 1 ? words : [];
    if (only.startsWith(start) && only.length - start.length > 2) return [only.slice(start.length)];
  }
  return undefined;
}

/** "type of pet" for `pet_type`, and "membership level" for `level_of_membership`. */
function turned(words: string[]): string[][] {
  const of = words.indexOf('of');
  if (of > 0) return [[...words.slice(of + 1), ...words.slice(0, of)]];
  if (words[0] === 'number' && words.length > 1) return [['number', 'of', ...words.slice(1)]];
  // The number of a match is not how many there are.
  const isCountable = words.length === 2 && words[1] !== 'number';
  return isCountable ? [[...words.slice(1), 'of', ...words.slice(0, 1)]] : [];
}

/** With `email_address` and `address_id`, an "address" may be either. */
function isShared(tail: string[], column: Column, { columns }: Table): boolean {
  const others = columns.filter((other) => other !== column);
  return others.some(({ name }) => tail.every((word) => wordsOf(name).includes(word)));
}

/** Words too common to name a column whose name only ends in them. */
export const vague = new Set([
  'name',
  'id',
  'code',
  'type',
  'number',
  'title',
  'key',
  'value',
  'by',
  'in',
  'from',
  'to',
]);

/** "air date" for `original_air_date`. */
function tails(words: string[]): string[][] {
  return words
    .map((_, i) => words.slice(i))
    .slice(1)
    .filter((tail) => (tail.length > 1 || !vague.has(tail[0] ?? '')) && tail[0] !== 'of');
}
