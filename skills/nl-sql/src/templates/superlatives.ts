import type { Column, Table } from '../catalogue/database.js';
import type { Order } from './query.js';
import type { Reader } from './reader.js';

const high = [
  'highest',
  'largest',
  'greatest',
  'biggest',
  'maximum',
  'max',
  'most',
  'longest',
  'latest',
  'most recent',
];
const low = ['lowest', 'smallest', 'least', 'minimum', 'min', 'fewest', 'shortest', 'earliest'];

/** Reads "highest" or "lowest"; true for the highest. */
export function takeExtreme(reader: Reader): boolean | undefined {
  const word = reader.take(...high, ...low);
  return word === undefined ? undefined : high.includes(word);
}

/** What an adjective measures: the words that a column's name ends in, and whether its highest value comes first. */
const adjectives: Record<string, [RegExp, boolean][]> = {
  oldest: [
    [/^age$|_age$|[a-z]Age$/i, true],
    [/birth|^dob$/i, false],
  ],
  youngest: [
    [/^age$|_age$|[a-z]Age$/i, false],
    [/birth|^dob$/i, true],
  ],
  heaviest: [[/weight/i, true]],
  lightest: [[/weight/i, false]],
  tallest: [[/height/i, true]],
  shortest: [[/height/i, false]],
  'most expensive': [[/price|^cost$/i, true]],
  cheapest: [[/price|^cost$/i, false]],
};

/** "the youngest singer": the order that the adjective means, and the table. */
export function takeRankedTable(reader: Reader): { table: Table; order: Order } | undefined {
  return reader.attempt(() => {
    reader.take('the');
    const word = reader.take(...Object.keys(adjectives));
    const table = word === undefined ? undefined : reader.takeTable();
    const order = word !== undefined && table ? orderOf(word, table) : undefined;
    return table && order && { table, order };
  });
}

/** The order that an adjective means for a table; undefined when it has no such column, or several. */
export function orderOf(adjective: string, table: Table): Order | undefined {
  const [found, ...others] = (adjectives[adjective] ?? []).flatMap(([pattern, descending]) =>
    table.columns.filter(({ name }) => pattern.test(name)).map((by) => ({ by, descending })),
  );
  const isOrdered = found?.by.kind === 'number' || found?.by.kind === 'date';
  return others.length === 0 && isOrdered ? found : undefined;
}

const comparatives: Record<string, string> = {
  older: 'oldest',
  younger: 'oldest',
  heavier: 'heaviest',
  lighter: 'heaviest',
  taller: 'tallest',
  shorter: 'tallest',
};

/** The column that an adjective such as "older" compares; a date of birth is not compared with a number. */
export function comparedBy(adjective: string, table: Table): Column | undefined {
  const order = orderOf(comparatives[adjective] ?? '', table);
  return order?.descending && 'name' in order.by ? order.by : undefined;
}
