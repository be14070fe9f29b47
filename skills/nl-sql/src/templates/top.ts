import type { Column, Table } from '../catalogue/database.js';
import { type Head, rowsOf } from './head.js';
import { takeMeasure } from './items.js';
import { pick } from './pick.js';
import type { Reader } from './reader.js';

/** "top 5 customers by total", "bottom 3 products by price", "top 10 customers by number of orders" */
export function takeTop(reader: Reader): Head | undefined {
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
  const number = reader.takeNumber();
  const limit = number === undefined ? 10 : rowsOf(reader, number);
  const entity = reader.takeTable();
  if (!entity || !reader.take('by', 'with the most', 'with most')) {
    throw reader.refuse('"top" needs a number, a table, and "by" with a column.');
  }
  return ranked(reader, entity, limit, end === 'top');
}

function ranked(reader: Reader, entity: Table, limit: number, descending: boolean): Head {
  const head = { isNamed: true, isOnly: true, distinct: false, asksWhich: false, limit };
  const groups = [{ by: 'entity' as const, table: entity }];
  const counted = takeCounted(reader);
  if (counted) {
    return {
      ...head,
      subject: counted,
      items: [{ kind: 'count', table: counted }],
      groups,
      ranksMeasure: { descending },
    };
  }
  const { aggregate, column } = readMeasure(reader, entity);
  if (column.table === entity.name)
    return { ...head, subject: entity, items: [], groups: [], order: { by: column, descending } };
  const items = [{ kind: 'measure' as const, aggregate, candidates: [column], distinct: false }];
  return { ...head, subject: tableOf(reader, column), items, groups, ranksMeasure: { descending } };
}

/** "number of orders", or the bare table after "with the most" */
function takeCounted(reader: Reader): Table | undefined {
  return reader.attempt(() => {
    const isSaid = reader.take('the number of', 'number of', 'count of') !== undefined;
    return !isSaid && reader.attempt(() => reader.takeColumns().at(0)) ? undefined : reader.takeTable();
  });
}

function readMeasure(reader: Reader, near: Table) {
  const found = takeMeasure(reader) ?? { aggregate: 'sum' as const, candidates: reader.takeColumns() };
  if (found.candidates.length === 0) throw reader.refuse(`"${reader.rest()}" is not a column to rank by.`);
  const own = found.candidates.filter(({ table }) => table === near.name);
  return { aggregate: found.aggregate, column: pick(reader, own.length > 0 ? own : found.candidates) };
}

function tableOf(reader: Reader, column: Column): Table {
  const table = reader.database.get(column.table);
  if (!table) throw reader.refuse('No table matches this.');
  return table;
}
