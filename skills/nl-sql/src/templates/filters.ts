import type { Column, Table } from '../catalogue/database.js';
import { takeOperator } from './comparisons.js';
import { isVerb } from './links.js';
import type { AgainstAll, Comparison, Condition, Filter, Operator } from './query.js';
import type { Reader } from './reader.js';

/** Words that end a value without quotes: "where status is on hold per month" compares with "on hold". */
const ends = new Set(
  `or but and by per for in since last this sorted ordered order where with limit between during that which who whose have has had
  do does did not is are was were from to each using before after on`.split(/\s+/),
);

type Resolve = (candidates: Column[]) => Column;

/**
 * Reads `<column> <comparison> <value>`. `resolve` chooses among the columns that the words may mean. Before a value in quotes the
 * comparison may be left out, and where `implied` is "any", as after "with", before any value: "with status pending".
 * @throws SkillError 422 when the comparison or the value does not fit the column
 */
export function takeFilter(
  reader: Reader,
  resolve: Resolve,
  implied: 'any' | 'quoted',
): Condition[] | undefined {
  return reader.attempt(() => {
    const candidates = reader.takeColumns();
    if (candidates.length === 0) return undefined;
    const between = takeBetween(reader, resolve, candidates);
    if (between) return between;
    const said = takeOperator(reader);
    if (!said) reader.take('of');
    const isQuoted = reader.peek()?.kind === 'quoted';
    const isClear = implied === 'any' || isQuoted;
    const operator = said ?? (isClear ? '=' : undefined);
    if (operator === undefined) return undefined;
    return [comparisonWith(reader, resolve(candidates), operator)];
  });
}

/** What a column is compared with: a value, one of several, or the average of the column. */
export function comparisonWith(reader: Reader, column: Column, operator: Operator): Condition {
  const against =
    operator === 'contains' || operator === 'starts with' ? undefined : takeAgainst(reader, column, operator);
  if (against) return against;
  const filters = [filterOf(column, operator, takeValue(reader, column, operator))];
  while (operator === '=' && reader.peek(1) && isAnotherValue(reader, column) && reader.take('or')) {
    filters.push(filterOf(column, operator, takeValue(reader, column, operator)));
  }
  const [only] = filters;
  return only && filters.length === 1 ? only : { kind: 'any', conditions: filters };
}

function filterOf(column: Column, operator: Operator, value: Filter['value']): Condition {
  return { kind: 'filter', column, operator, value };
}

/** "or" is followed by a value in quotes or by a number; other words may be anything. */
function isAnotherValue(reader: Reader, { kind }: Column): boolean {
  const next = reader.peek(1)?.kind;
  return reader.peek()?.text === 'or' && (next === 'quoted' || (next === 'number' && kind === 'number'));
}

function takeBetween(reader: Reader, resolve: Resolve, candidates: Column[]): Condition[] | undefined {
  return reader.attempt(() => {
    reader.take('is', 'are', 'of');
    if (!reader.take('between')) return undefined;
    const low = reader.takeNumber();
    const high = reader.take('and', 'to') ? reader.takeNumber() : undefined;
    if (low === undefined || high === undefined) return undefined;
    const column = resolve(candidates);
    if (column.kind !== 'number')
      throw reader.refuse(`${column.name} is not a number, so nothing is between ${low} and ${high}.`);
    return [filterOf(column, '>=', low), filterOf(column, '<=', high)];
  });
}

/** "the average", "the average age of all singers" */
export function takeAgainst(reader: Reader, column: Column, operator: Comparison): Condition | undefined {
  return reader.attempt(() => {
    reader.take('the');
    const aggregate = reader.take('average', 'mean', 'avg')
      ? 'avg'
      : reader.take('minimum')
        ? 'min'
        : undefined;
    if (!aggregate) return undefined;
    const from = reader.database.get(column.table);
    if (!from || column.kind !== 'number')
      throw reader.refuse(`${column.name} is not a number, so it has no average.`);
    takeSame(reader, column, from);
    const against: AgainstAll['against'] = { aggregate, column, from };
    return { kind: 'against', column, operator, against };
  });
}

/** The same column and its table may be named again. */
function takeSame(reader: Reader, column: Column, table: Table): void {
  reader.attempt(() => (reader.takeColumns().includes(column) ? true : undefined));
  const isNamed = reader.attempt(() => {
    reader.take('of', 'for', 'across', 'in');
    reader.takeAll('all');
    return reader.takeTable() === table ? true : undefined;
  });
  const isOver =
    reader.done ||
    ['and', 'but', 'sorted', 'ordered', 'for', 'in', 'by', 'per'].includes(reader.peek()?.text ?? '');
  if (isNamed && !isOver) throw reader.refuse(`The average is always that of all rows of ${table.name}.`);
}

function takeValue(reader: Reader, column: Column, operator: Operator): Filter['value'] {
  const { kind, name } = column;
  const isText = operator === 'contains' || operator === 'starts with';
  if (isText && kind !== 'text') throw reader.refuse(`"${operator}" needs a text, but ${name} is not one.`);
  if (kind === 'number') return takeNumber(reader, name);
  if (kind === 'boolean') return takeBoolean(reader, column, operator);
  if (kind === 'text' && /^[<>]/.test(operator) && operator !== '<>' && !/year/i.test(name)) {
    throw reader.refuse(`${name} is a text, which is not compared with "over" or "under".`);
  }
  const value = takeText(reader);
  if (kind === 'date' && !/^\d{4}-\d{2}-\d{2}$/.test(value)) {
    throw reader.refuse(`${name} is a date: compare it with a date such as 2024-03-01.`);
  }
  return value;
}

function takeNumber(reader: Reader, name: string): number {
  const value = reader.takeNumber();
  if (value === undefined) throw reader.refuse(`${name} is a number: compare it with a number.`);
  return value;
}

function takeBoolean(reader: Reader, { name }: Column, operator: Operator): boolean {
  const word = reader.take('true', 'yes', 'false', 'no');
  if (word === undefined || (operator !== '=' && operator !== '<>')) {
    throw reader.refuse(`${name} is true or false: write "${name} is true".`);
  }
  return word === 'true' || word === 'yes';
}

/** Longer texts are more likely words of the question that were not understood. */
const maxBareWords = 3;

function takeText(reader: Reader): string {
  const words: string[] = [];
  for (let token = reader.peek(); token; token = reader.peek()) {
    if (token.kind === 'quoted' && words.length > 0) break;
    if (token.kind === 'word' && ends.has(token.text) && !(words.length === 0 && token.text === 'on')) break;
    words.push(token.kind === 'number' ? token.text : token.original);
    reader.next();
    if (token.kind !== 'word') break;
  }
  if (isVerb(words[0]?.toLowerCase() ?? '') || words[0]?.toLowerCase() === 'the')
    throw reader.refuse(`Put the value in quotes: "${words.join(' ')}".`);
  if (words.length === 0) throw reader.refuse('A comparison has no value.');
  if (words.length > maxBareWords) throw reader.refuse(`Put the value in quotes: "${words.join(' ')}".`);
  return words.join(' ');
}
