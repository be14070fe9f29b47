import type { Comparison, Operator } from './query.js';
import type { Reader } from './reader.js';

const more = 'greater more higher larger bigger heavier longer older taller over above'.split(' ');
const less = 'less lower smaller fewer lighter shorter younger under below'.split(' ');
const than = (words: string[]) =>
  words.flatMap((word) => (/^(?:over|above|under|below)$/.test(word) ? [word] : [`${word} than`]));

/** The words for each comparison, the longer ones first. */
const operators: [Operator, string[]][] = [
  ['<>', ['does not equal', 'not equal to', 'other than', 'not', '!=', '<>']],
  ['>=', ['at least', 'no less than', 'no fewer than', 'greater than or equal to', 'from', '>=']],
  ['<=', ['at most', 'no more than', 'up to', 'less than or equal to', '<=']],
  ['>', [...than(more), 'after', '>']],
  ['<', [...than(less), 'before', '<']],
  ['starts with', ['starts with', 'starting with', 'begins with', 'start with', 'begin with']],
  ['contains', ['contains', 'containing', 'contain', 'like']],
  ['=', ['exactly', 'equal to', 'equals', 'named', 'called', '=']],
];

const opposites: Record<Comparison, Comparison> = {
  '=': '<>',
  '<>': '=',
  '>': '<=',
  '<=': '>',
  '<': '>=',
  '>=': '<',
};

/** "is not higher than", "at least", "is"; undefined where no comparison is said. */
export function takeOperator(reader: Reader): Operator | undefined {
  return reader.attempt(() => {
    const isSaid = reader.take('is', 'are', 'was', 'were') !== undefined;
    const negated = reader.attempt(() => {
      if (!reader.take('not')) return undefined;
      return operators.find(
        ([operator, words]) => operator in opposites && operator !== '<>' && reader.take(...words),
      )?.[0];
    });
    if (negated) return opposites[negated as Comparison];
    return operators.find(([, words]) => reader.take(...words))?.[0] ?? (isSaid ? '=' : undefined);
  });
}

/** "more than", "at least": one that numbers are compared with, and that is not only "is". */
export function takeComparison(reader: Reader): Comparison | undefined {
  return reader.attempt(() => {
    const operator = takeOperator(reader);
    return operator === 'contains' || operator === 'starts with' ? undefined : operator;
  });
}

export interface Quantity {
  operator: Comparison;
  value: number;
}

/** "more than 3", "3 or more", "exactly 3"; a bare number counts where `isBareAllowed`. */
export function takeQuantity(reader: Reader, isBareAllowed: boolean): Quantity | undefined {
  return reader.attempt(() => {
    const operator = takeComparison(reader);
    const value = reader.takeNumber();
    if (value === undefined) return undefined;
    if (operator) return { operator, value };
    if (reader.take('or more')) return { operator: '>=', value };
    if (reader.take('or less', 'or fewer')) return { operator: '<=', value };
    return isBareAllowed ? { operator: '=', value } : undefined;
  });
}

/** "a greater population than": the words before the column. */
export function takeSplitComparison(reader: Reader): Comparison | undefined {
  reader.takeAll('a', 'the');
  const word = reader.take(...more.slice(0, 7), ...less.slice(0, 6));
  if (word === undefined) return undefined;
  return more.includes(word) ? '>' : '<';
}
