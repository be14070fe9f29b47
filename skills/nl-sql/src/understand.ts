import type { Column, Database, Table } from './database.js';
import { takeDateRange } from './dates.js';
import { takeFilter } from './filters.js';
import type { Aggregate, Group, Measure, Period, Query } from './query.js';
import { Reader } from './reader.js';
import { joinPath, nearestColumns } from './resolve.js';

/**
 * Understands a question by templates. Every word has to be accounted for: one that is passed over in silence could
 * change what was asked.
 * @throws SkillError 422 that says where it was lost and what would be understood
 */
export function understand(question: string, database: Database, today: string, limit: number): Query {
  const reader = new Reader(question, database);
  reader.take('please');
  const head = takeTop(reader) ?? takeCount(reader) ?? takeMeasure(reader) ?? takeList(reader);
  if (!head) throw reader.refuse(`The question does not begin in a way that is known: "${reader.rest()}".`);
  return new Clauses(reader, today).readInto({ groups: [], filters: [], columns: [], limit, ...head });
}

type Head = Pick<Query, 'from'> & Partial<Query>;

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
  const asked = reader.takeNumber() ?? 10;
  const entity = reader.takeTable();
  if (!entity || !reader.take('by', 'with the most', 'with most')) {
    throw reader.refuse('After "top" comes how many, a table, and "by" what.');
  }
  if (!Number.isInteger(asked) || asked < 1 || asked > 1000)
    throw reader.refuse('"top" takes a number from 1 to 1000.');
  const head = { limit: asked, order: { by: 'measure' as const, descending: end === 'top' } };
  const counted = takeCounted(reader);
  if (counted) return { ...head, from: counted, measure: { aggregate: 'count' }, groups: [groupOf(entity)] };
  const measure = readMeasure(reader, entity);
  if (measure.column?.table !== entity.name) {
    return { ...head, from: tableOf(reader, measure.column), measure, groups: [groupOf(entity)] };
  }
  return {
    limit: asked,
    from: entity,
    columns: [],
    order: { by: measure.column, descending: end === 'top' },
  };
}

function groupOf(table: Table): Group {
  return { by: 'entity', table };
}

/** "number of orders", or the bare table after "with the most" */
function takeCounted(reader: Reader): Table | undefined {
  return (
    reader.attempt(() => {
      reader.take('the number of', 'number of', 'count of');
      return reader.takeColumns().length > 0 ? undefined : reader.takeTable();
    }) ??
    reader.attempt(() =>
      reader.take('the number of', 'number of', 'count of') ? reader.takeTable() : undefined,
    )
  );
}

/** "how many orders" */
function takeCount(reader: Reader): Head | undefined {
  if (!reader.take('how many', 'what is the number of', 'the number of', 'number of', 'count of', 'count')) {
    return undefined;
  }
  const from = reader.takeTable();
  if (!from) throw reader.refuse(`"${reader.rest()}" is no table that could be counted.`);
  reader.take('are there', 'do we have', 'were there', 'exist', 'are');
  return { from, measure: { aggregate: 'count' } };
}

/** "average price of products" */
function takeMeasure(reader: Reader): Head | undefined {
  return reader.attempt(() => {
    reader.take('what is the', "what's the", 'what was the', 'show me the', 'show the', 'show', 'the');
    const measure = takeAggregate(reader);
    if (!measure) return undefined;
    const table = reader.take('of', 'in', 'for', 'from') ? reader.takeTable() : undefined;
    const column = pick(reader, measure.candidates, table);
    return { from: table ?? tableOf(reader, column), measure: { aggregate: measure.aggregate, column } };
  });
}

/** "list customers", "name and email of customers" */
function takeList(reader: Reader): Head | undefined {
  const verb = reader.take('list', 'show me', 'show', 'give me', 'find', 'get', 'which', 'what are');
  const limit = reader.takeNumber();
  const columns = reader.attempt(() => takeColumnsOf(reader));
  const from = columns?.table ?? reader.takeTable();
  if (!from) return undefined;
  if (
    !columns &&
    verb === undefined &&
    limit === undefined &&
    !reader.done &&
    reader.peek()?.kind !== 'word'
  ) {
    return undefined;
  }
  const asked =
    limit !== undefined && limit >= 1 && limit <= 1000 && Number.isInteger(limit) ? { limit } : {};
  return { from, columns: columns?.columns ?? [], ...asked };
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

const AGGREGATES: Record<string, Aggregate> = {
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
      const aggregate = AGGREGATES[reader.take(...Object.keys(AGGREGATES)) ?? ''];
      return aggregate && aggregateOf(aggregate, reader.takeColumns());
    }) ?? reader.attempt(() => (word === 'total' ? aggregateOf('sum', reader.takeColumns()) : undefined))
  );
}

function aggregateOf(aggregate: Aggregate, candidates: Column[]): AggregateOf | undefined {
  return candidates.length > 0 ? { aggregate, candidates } : undefined;
}

function readMeasure(reader: Reader, near: Table): Measure & { column: Column } {
  const found = takeAggregate(reader) ?? { aggregate: 'sum' as const, candidates: reader.takeColumns() };
  if (found.candidates.length === 0) throw reader.refuse(`"${reader.rest()}" is no column to rank by.`);
  const own = found.candidates.filter(({ table }) => table === near.name);
  return { aggregate: found.aggregate, column: pick(reader, own.length > 0 ? own : found.candidates) };
}

/** @throws SkillError 422 when the words fit no column that can be reached, or several */
function pick(reader: Reader, candidates: Column[], from?: Table): Column {
  const fitting = from ? nearestColumns(reader.database, from, candidates) : candidates;
  const [column] = fitting;
  if (column && fitting.length === 1) return column;
  const names = (column ? fitting : candidates).map(({ table, name }) => `${table}.${name}`).join(', ');
  throw reader.refuse(
    column ? `A column is ambiguous: say which of ${names}.` : `No foreign key leads to ${names}.`,
  );
}

function tableOf(reader: Reader, column: Column | undefined): Table {
  const table = column && reader.database.get(column.table);
  if (!table) throw reader.refuse('There is no table for this.');
  return table;
}

/** What follows the head: groups, filters, dates and order, in any order. */
class Clauses {
  constructor(
    readonly reader: Reader,
    readonly today: string,
  ) {}

  readInto(query: Query): Query {
    const { reader } = this;
    while (!reader.done) {
      reader.take('and', 'but');
      const read = this.#order(query) || this.#group(query) || this.#dates(query) || this.#filter(query);
      if (!read) throw reader.refuse(`These words are not understood: "${reader.rest()}".`);
    }
    this.#check(query);
    const isOneRow = query.measure !== undefined && query.groups.length === 0;
    return isOneRow ? { ...query, limit: 1 } : query;
  }

  #order(query: Query): boolean {
    const { reader } = this;
    if (!reader.take('sorted by', 'ordered by', 'order by', 'sort by')) return false;
    const column = pick(reader, this.#columnsOrRefuse(), query.from);
    const descending = reader.take('descending', 'desc', 'ascending', 'asc')?.startsWith('desc') ?? false;
    query.order = { by: column, descending };
    return true;
  }

  #group(query: Query): boolean {
    const { reader } = this;
    if (!reader.take('grouped by', 'group by', 'for each', 'by', 'per')) return false;
    const period = reader.take('day', 'month', 'year') as Period | undefined;
    if (period) query.groups.push({ by: 'period', period, column: this.#dateColumn(query.from) });
    else query.groups.push(this.#groupByName(query.from));
    return true;
  }

  #groupByName(from: Table): Group {
    const table = this.reader.attempt(() => {
      const found = this.reader.takeTable();
      const goesOn =
        this.reader.peek()?.kind === 'word' &&
        found?.columns.some(({ name }) => name === this.reader.peek()?.text);
      return goesOn ? undefined : found;
    });
    if (!table) return { by: 'column', column: pick(this.reader, this.#columnsOrRefuse(), from) };
    if (joinPath(this.reader.database, from.name, table.name)) return { by: 'entity', table };
    throw this.reader.refuse(`No foreign key leads from ${from.name} to ${table.name}.`);
  }

  #columnsOrRefuse(): Column[] {
    const candidates = this.reader.takeColumns();
    if (candidates.length === 0) throw this.reader.refuse(`"${this.reader.rest()}" is no column.`);
    return candidates;
  }

  #dates(query: Query): boolean {
    const range = takeDateRange(this.reader, this.today);
    if (!range) return false;
    const column = this.#dateColumn(query.from);
    const { from, before } = range;
    if (from) query.filters.push({ column, operator: '>=', value: from });
    if (before) query.filters.push({ column, operator: '<', value: before });
    return true;
  }

  #filter(query: Query): boolean {
    const { reader } = this;
    const word = reader.take('where', 'with', 'whose', 'that have', 'having', 'when', 'for which');
    const resolve = (candidates: Column[]) => pick(reader, candidates, query.from);
    const filter = takeFilter(reader, resolve, word === 'with' || word === 'having');
    if (filter) query.filters.push(filter);
    return filter !== undefined;
  }

  /** The nearest date; with several at one distance the question has to name one in a filter. */
  #dateColumn(table: Table): Column {
    const { database } = this.reader;
    const all = [...database.values()].flatMap(({ columns }) =>
      columns.filter(({ kind }) => kind === 'date'),
    );
    const dates = nearestColumns(database, table, all);
    const [column] = dates;
    if (column && dates.length === 1) return column;
    const names = dates.map(({ name }) => name).join(', ');
    throw this.reader.refuse(
      column
        ? `${table.name} has several dates (${names}): name one, as in "${column.name} after 2024-03-01".`
        : `${table.name} has no date.`,
    );
  }

  #check({ measure, groups, order }: Query): void {
    if (groups.length > 0 && !measure) throw this.reader.refuse('To group, say what to count or to add up.');
    if (measure && order && order.by !== 'measure') throw this.reader.refuse('Only lists can be sorted.');
    const { aggregate, column } = measure ?? {};
    const isAdded = aggregate === 'sum' || aggregate === 'avg';
    if (isAdded && column && column.kind !== 'number') {
      throw this.reader.refuse(
        `${column.name} is no number, so it has no ${aggregate === 'sum' ? 'total' : 'average'}.`,
      );
    }
  }
}
