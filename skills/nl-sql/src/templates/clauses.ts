import type { Column, Table } from '../catalogue/database.js';
import { takeDateRange } from './dates.js';
import { takeFilter } from './filters.js';
import { pick } from './pick.js';
import type { Group, Period, Query } from './query.js';
import type { Reader } from './reader.js';
import { joinPath, nearestColumns } from './resolve.js';

/** What follows the head: groups, filters, dates and order, in any order. */
export class Clauses {
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
    if (query.order) throw reader.refuse('The rows are already ranked, so they cannot be sorted.');
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
    return { by: 'entity', table };
  }

  #columnsOrRefuse(): Column[] {
    const candidates = this.reader.takeColumns();
    if (candidates.length === 0) throw this.reader.refuse(`"${this.reader.rest()}" is not a column.`);
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
        ? `${table.name} has several dates (${names}): name one, such as "${column.name} after 2024-03-01".`
        : `${table.name} has no date.`,
    );
  }

  #check({ from, measure, groups, order }: Query): void {
    for (const group of groups) {
      const table = group.by === 'entity' ? group.table.name : group.column.table;
      if (joinPath(this.reader.database, from.name, table)) continue;
      throw this.reader.refuse(`No foreign key leads from ${from.name} to ${table}.`);
    }
    if (groups.length > 0 && !measure) throw this.reader.refuse('To group, name what to count or to add up.');
    if (measure && order && order.by !== 'measure') throw this.reader.refuse('Only lists can be sorted.');
    const { aggregate, column } = measure ?? {};
    const isAdded = aggregate === 'sum' || aggregate === 'avg';
    if (isAdded && column && column.kind !== 'number') {
      throw this.reader.refuse(
        `${column.name} is not a number, so it has no ${aggregate === 'sum' ? 'total' : 'average'}.`,
      );
    }
  }
}
