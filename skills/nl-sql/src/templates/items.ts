import type { Column, Table } from '../catalogue/database.js';
import type { Aggregate } from './query.js';
import type { Reader } from './reader.js';

/** Something that a question asks for; which column is meant may depend on the rest of the question. */
export type Item =
  | { kind: 'column'; candidates: Column[] }
  | { kind: 'measure'; aggregate: Aggregate; candidates: Column[]; distinct: boolean }
  | { kind: 'count'; table: Table };

export interface Items {
  items: Item[];
  /** "different countries" */
  distinct: boolean;
}

const aggregates: Record<string, Aggregate> = {
  'sum of': 'sum',
  total: 'sum',
  sum: 'sum',
  'average of': 'avg',
  average: 'avg',
  mean: 'avg',
  avg: 'avg',
  highest: 'max',
  largest: 'max',
  maximum: 'max',
  max: 'max',
  latest: 'max',
  lowest: 'min',
  smallest: 'min',
  minimum: 'min',
  min: 'min',
  earliest: 'min',
};

export const distinctWords = ['different', 'distinct', 'unique'];

export const countWords = [
  'the total count of',
  'total count of',
  'the total number of',
  'total number of',
  'the numbers of',
  'the number of',
  'number of',
  'count of',
  'how many',
];

const joiners = ['and also', 'and', 'as well as', 'along with', 'together with', 'also'];

/** Reads what is asked for, such as "the name, the country and the average age"; undefined when it is none of these. */
export function takeItems(reader: Reader): Items | undefined {
  const items: Item[] = [];
  let distinct = false;
  for (;;) {
    const joined = reader.attempt(() => {
      const isSeparated = reader.peek()?.isSeparated ?? false;
      if (items.length > 0 && reader.takeAll(...joiners).length === 0 && !isSeparated) return undefined;
      const isDistinct = takeDistinct(reader);
      const found = takeItem(reader);
      if (found && isDistinct && found.some(({ kind }) => kind === 'column')) distinct = true;
      return found;
    });
    if (!joined) break;
    items.push(...joined);
  }
  return items.length > 0 ? { items, distinct } : undefined;
}

export function takeDistinct(reader: Reader): boolean {
  return (
    reader.attempt(() => {
      reader.takeAll('the', 'all', 'all the', 'of the', 'their', 'its');
      return reader.take(...distinctWords);
    }) !== undefined
  );
}

function takeItem(reader: Reader): Item[] | undefined {
  return (
    reader.attempt(() => takeMeasures(reader)) ??
    reader.attempt(() => takeNamedNumber(reader)) ??
    reader.attempt(() => takeCount(reader)) ??
    takeColumn(reader)
  );
}

function takeColumn(reader: Reader): Item[] | undefined {
  const candidates = reader.takeColumns();
  return candidates.length > 0 ? [{ kind: 'column', candidates }] : undefined;
}

/** "number of products" may be a column's name: `number_of_products`. */
function takeNamedNumber(reader: Reader): Item[] | undefined {
  reader.takeAll('the');
  if (reader.peek()?.text !== 'number') return undefined;
  return takeColumn(reader);
}

/** "number of concerts", "how many concerts", "number of different countries" */
function takeCount(reader: Reader): Item[] | undefined {
  reader.takeAll('the', 'their', 'its', 'corresponding', 'respective');
  if (!reader.take(...countWords)) return undefined;
  const isDistinct = takeDistinct(reader);
  if (isDistinct) {
    const columns = reader.takeColumns();
    const also = columns.length > 0 && reader.take('and') ? reader.takeColumns() : [];
    const counted = [columns, also].filter((candidates) => candidates.length > 0);
    if (counted.length > 0) {
      return counted.map((candidates) => ({
        kind: 'measure',
        aggregate: 'count',
        candidates,
        distinct: true,
      }));
    }
  }
  const table = reader.takeTable();
  // "different series and contents" are columns, of which one is not known.
  if (isDistinct && reader.peek()?.text === 'and') return undefined;
  return table && [{ kind: 'count', table }];
}

/** One computed value, such as "average price". */
export function takeMeasure(reader: Reader): { aggregate: Aggregate; candidates: Column[] } | undefined {
  const [item] = reader.attempt(() => takeMeasures(reader)) ?? [];
  return item?.kind === 'measure' ? item : undefined;
}

/** "average, minimum and maximum age"; a column that is itself called "total" needs no second "total". */
function takeMeasures(reader: Reader): Item[] | undefined {
  const words: Aggregate[] = [];
  const columns = reader.attempt(() => {
    for (;;) {
      reader.takeAll('and', 'the');
      const found = words.length > 0 ? takeAmount(reader) : [];
      if (found.length > 0) return found;
      const aggregate = aggregates[reader.take(...Object.keys(aggregates)) ?? ''];
      if (!aggregate) return undefined;
      words.push(aggregate);
    }
  });
  if (columns) return words.map((aggregate) => measure(aggregate, columns));
  reader.takeAll('the');
  const total = reader.peek()?.text === 'total' ? reader.takeColumns() : [];
  return total.length > 0 ? [measure('sum', total)] : undefined;
}

/** "total amount of bonus" is that of the bonus, if there is no column called "amount". */
function takeAmount(reader: Reader): Column[] {
  const found = reader.takeColumns();
  return found.length === 0 && reader.take('amount of') ? reader.takeColumns() : found;
}

function measure(aggregate: Aggregate, candidates: Column[]): Item {
  return { kind: 'measure', aggregate, candidates, distinct: false };
}
