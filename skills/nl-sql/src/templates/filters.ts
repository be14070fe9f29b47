import type { Column } from '../catalogue/database.js';
import type { Filter, Operator } from './query.js';
import type { Reader } from './reader.js';

/** The words for each comparison, the longer ones first. */
const operators: [Operator, string[]][] = [
  ['<>', ['is not', 'are not', 'does not equal', 'not equal to', '!=', '<>']],
  ['>=', ['is at least', 'at least', 'from', '>=']],
  ['<=', ['is at most', 'at most', 'up to', '<=']],
  [
    '>',
    [
      'is greater than',
      'is more than',
      'greater than',
      'more than',
      'is over',
      'over',
      'is above',
      'above',
      'after',
      '>',
    ],
  ],
  ['<', ['is less than', 'less than', 'is under', 'under', 'is below', 'below', 'before', '<']],
  ['starts with', ['starts with', 'starting with', 'begins with']],
  ['contains', ['contains', 'containing', 'like']],
  ['=', ['is equal to', 'equal to', 'equals', 'is', 'are', '=']],
];

/** Words that end a value without quotes: "where status is on hold per month" compares with "on hold". */
const ends = [
  'or',
  'but',
  'and',
  'by',
  'per',
  'for',
  'in',
  'since',
  'last',
  'this',
  'sorted',
  'ordered',
  'order',
  'where',
  'with',
  'limit',
  'between',
  'during',
];

/**
 * Reads `<column> <comparison> <value>`. `resolve` chooses among the columns that the words may mean; with
 * `equalsIsImplied`, as after "with", the comparison may be left out: "with status pending".
 * @throws SkillError 422 when the comparison or the value does not fit the column
 */
export function takeFilter(
  reader: Reader,
  resolve: (candidates: Column[]) => Column,
  equalsIsImplied: boolean,
): Filter | undefined {
  return reader.attempt(() => {
    const candidates = reader.takeColumns();
    if (candidates.length === 0) return undefined;
    const operator = takeOperator(reader) ?? (equalsIsImplied ? '=' : undefined);
    if (operator === undefined) return undefined;
    const column = resolve(candidates);
    return { column, operator, value: takeValue(reader, column, operator) };
  });
}

function takeOperator(reader: Reader): Operator | undefined {
  return operators.find(([, words]) => reader.take(...words))?.[0];
}

function takeValue(reader: Reader, column: Column, operator: Operator): Filter['value'] {
  const { kind, name } = column;
  const isText = operator === 'contains' || operator === 'starts with';
  if (isText && kind !== 'text') throw reader.refuse(`"${operator}" needs a text, but ${name} is not one.`);
  if (kind === 'number') return takeNumber(reader, name);
  if (kind === 'boolean') return takeBoolean(reader, column, operator);
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
    if (token.kind === 'word' && ends.includes(token.text)) break;
    words.push(token.original);
    reader.next();
    if (token.kind !== 'word') break;
  }
  if (words.length === 0) throw reader.refuse('A comparison has no value.');
  if (words.length > maxBareWords) throw reader.refuse(`Put the value in quotes: "${words.join(' ')}".`);
  return words.join(' ');
}
