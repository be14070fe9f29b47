import type { Column, Table } from '../catalogue/database.js';
import { pick } from './pick.js';
import type { Aggregate, Group, Measure, Query } from './query.js';
import type { Reader } from './reader.js';

type Head = Pick<Query, 'from'> & Partial<Query>;

/**
 * Reads how a question begins: what it counts, measures, ranks or lists.
 * @throws SkillError 422 when it begins in no way that is known
 */
export function takeHead(reader: Reader): Head {
  reader.take('please');
  const head = takeTop(reader) ?? takeCount(reader) ?? takeMeasure(reader) ?? takeList(reader);
  if (head) return head;
  throw reader.refuse(`The beginning of the question is not understood: "${reader.rest()}".`);
}

/** "top 5 customers by total", "bottom 3 products by price", "top 10 customers by number of orders" */
function takeTop(reader: Reader): Head | undefined {
  const end = reader.attempt(() => {
    reader.take(
      'who are the',
      'what are the',
      'which are the',
      'show me the',
      'show the',
      'list the',
      'show',
      'the',
    );
    return reader.take('top', 'bottom');
  });
  if (!end) return undefined;
  const limit = takeLimit(reader) ?? 10;
  const entity = reader.takeTable();
  if (!entity || !reader.take('by', 'with the most', 'with most')) {
    throw reader.refuse('"top" needs a number, a table, and "by" with a column.');
  }
  const descending = end === 'top';
  const head = { limit, order: { by: 'measure' as const, descending } };
  const counted = takeCounted(reader);
  if (counted) return { ...head, from: counted, measure: { aggregate: 'count' }, groups: [groupOf(entity)] };
  const measure = readMeasure(reader, entity);
  if (measure.column.table !== entity.name) {
    return { ...head, from: tableOf(reader, measure.column), measure, groups: [groupOf(entity)] };
  }
  return { limit, from: entity, order: { by: measure.column, descending } };
}

function groupOf(table: Table): Group {
  return { by: 'entity', table };
}

/** "number of orders", or the bare table after "with the most" */
function takeCounted(reader: Reader): Table | undefined {
  return reader.attempt(() => {
    const isSaid = reader.take('the number of', 'number of', 'count of') !== undefined;
    return !isSaid && reader.takeColumns().length > 0 ? undefined : reader.takeTable();
  });
}

/** "how many orders" */
function takeCount(reader: Reader): Head | undefined {
  if (!reader.take('how many', 'what is the number of', 'the number of', 'number of', 'count of', 'count')) {
    return undefined;
  }
  const from = reader.takeTable();
  if (!from) throw reader.refuse(`"${reader.rest()}" is not a table, so it cannot be counted.`);
  reader.take('are there', 'do we have', 'were there', 'exist', 'are');
  return { from, measure: { aggregate: 'count' } };
}

/** "average price of products" */
function takeMeasure(reader: Reader): Head | undefined {
  return reader.attempt(() => {
    reader.take('what is the', "what's the", 'what was the', 'show me the', 'show the', 'show', 'the');
    const measure = takeAggregate(reader);
    if (!measure) return undefined;
    const table = reader.attempt(() =>
      reader.take('of', 'in', 'for', 'from') ? reader.takeTable() : undefined,
    );
    const column = pick(reader, measure.candidates, table);
    return { from: table ?? tableOf(reader, column), measure: { aggregate: measure.aggregate, column } };
  });
}

/** "list customers", "name and email of customers", "customers" */
function takeList(reader: Reader): Head | undefined {
  reader.take('list', 'show me', 'show', 'give me', 'find', 'get', 'which', 'what are');
  const limit = takeLimit(reader);
  const columns = reader.attempt(() => takeColumnsOf(reader));
  const from = columns?.table ?? reader.takeTable();
  return from && { from, columns: columns?.columns ?? [], ...(limit !== undefined && { limit }) };
}

function takeLimit(reader: Reader): number | undefined {
  const limit = reader.takeNumber();
  if (limit === undefined || (Number.isInteger(limit) && limit >= 1 && limit <= 1000)) return limit;
  throw reader.refuse(`${limit} is not a number of rows from 1 to 1000.`);
}

function takeColumnsOf(reader: Reader): { table: Table; columns: Column[] } | undefined {
  const lists: Column[][] = [];
  do {
    const candidates = reader.takeColumns();
    if (candidates.length === 0) break;
    lists.push(candidates);
    reader.take('and');
  } while (!reader.take('of', 'from'));
  const table = lists.length > 0 ? reader.takeTable() : undefined;
  return table && { table, columns: lists.map((candidates) => pick(reader, candidates, table)) };
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
  latest: 'max',
  lowest: 'min',
  smallest: 'min',
  minimum: 'min',
  earliest: 'min',
};

interface AggregateOf {
  aggregate: Aggregate;
  candidates: Column[];
}

/** "average price"; a column that is itself called "total" needs no second "total". */
function takeAggregate(reader: Reader): AggregateOf | undefined {
  const word = reader.peek()?.text ?? '';
  return (
    reader.attempt(() => {
      const aggregate = aggregates[reader.take(...Object.keys(aggregates)) ?? ''];
      return aggregate && aggregateOf(aggregate, reader.takeColumns());
    }) ?? reader.attempt(() => (word === 'total' ? aggregateOf('sum', reader.takeColumns()) : undefined))
  );
}

function aggregateOf(aggregate: Aggregate, candidates: Column[]): AggregateOf | undefined {
  return candidates.length > 0 ? { aggregate, candidates } : undefined;
}

function readMeasure(reader: Reader, near: Table): Measure & { column: Column } {
  const found = takeAggregate(reader) ?? { aggregate: 'sum' as const, candidates: reader.takeColumns() };
  if (found.candidates.length === 0) throw reader.refuse(`"${reader.rest()}" is not a column to rank by.`);
  const own = found.candidates.filter(({ table }) => table === near.name);
  return { aggregate: found.aggregate, column: pick(reader, own.length > 0 ? own : found.candidates) };
}

function tableOf(reader: Reader, column: Column): Table {
  const table = reader.database.get(column.table);
  if (!table) throw reader.refuse('No table matches this.');
  return table;
}
