import { type Column, type Database, labelOf, type Table } from '../catalogue/database.js';
import type { Draft } from './draft.js';
import { countOf } from './measures.js';
import { pick, refuseRank } from './pick.js';
import type { Condition, Group, Measure, Order, Query } from './query.js';
import type { Reader } from './reader.js';
import { joinPath, linkOf } from './resolve.js';

/**
 * Makes a query of what was read: decides from which table it starts, and what it is grouped by.
 * @throws SkillError 422 when the parts do not go together
 */
export function finish(reader: Reader, draft: Draft, limit: number): Query {
  const columns = columnsOf(reader, draft);
  const groups = groupsOf(reader, draft, columns);
  const from = startOf(reader, draft, groups);
  const measures = measuresOf(reader, draft, from);
  const order = orderOf(reader, draft, measures, from);
  const query: Query = {
    from,
    columns,
    measures,
    distinct: draft.distinct && groups.length === 0 && measures.length === 0,
    groups,
    conditions: draft.conditions,
    having: draft.having,
    ...(order && { order }),
    limit: Math.min(limit, draft.limit ?? limit),
  };
  refuseContradictions(reader, query, draft);
  const isOneRow = measures.length > 0 && groups.length === 0;
  return isOneRow ? { ...query, limit: 1 } : query;
}

function countedOf({ items, orderCount, havingCount }: Draft): Table | undefined {
  const [item] = items.flatMap((found) => (found.kind === 'count' ? [found.table] : []));
  return item ?? orderCount?.table ?? havingCount?.table;
}

function columnsOf(reader: Reader, draft: Draft): Column[] {
  const { items, subject, head } = draft;
  const near = draft.groups.flatMap((group) => (group.by === 'entity' ? [group.table] : []));
  const columns = items.flatMap((item) =>
    item.kind === 'column' ? [pickNear(reader, item.candidates, [...near, subject])] : [],
  );
  if (items.length > 0 || draft.groups.length > 0 || !head.asksWhich || draft.orderCount) return columns;
  const label = labelOf(subject);
  if (!label) throw reader.refuse(`Say which column of ${subject.name} to list.`);
  return [label];
}

/** A column of the group comes before one of the rows that are counted. */
function pickNear(reader: Reader, candidates: Column[], tables: Table[]): Column {
  for (const table of tables) {
    const own = candidates.filter((column) => column.table === table.name);
    if (own.length > 0) return pick(reader, own, table);
  }
  return pick(reader, candidates, tables.at(-1));
}

/** Columns beside a count are what is counted by; without columns it is each row of the subject. */
function groupsOf(reader: Reader, draft: Draft, columns: Column[]): Group[] {
  const { groups, subject, items } = draft;
  const counted = countedOf(draft);
  const isList = items.length > 0 && items.every(({ kind }) => kind === 'column') && !draft.orderCount;
  if (
    isList &&
    groups.every((group) => group.by === 'entity' && group.table === subject) &&
    draft.having.length === 0
  )
    return [];
  if (groups.length > 0) return groups;
  if (counted && counted !== subject) {
    if (draft.head.isOnly) return [{ by: 'entity', table: subject }];
    throw reader.refuse(`Say of which table the columns are that are counted by.`);
  }
  const isMixed = columns.length > 0 && items.some(({ kind }) => kind !== 'column');
  if (isMixed && !counted && !draft.distinct) {
    throw reader.refuse('Say "for each" before what to group by.');
  }
  if (
    (isMixed || (counted && columns.length > 0)) &&
    draft.head.isNamed &&
    !draft.distinct &&
    counted === subject
  ) {
    throw reader.refuse(`Say "for each" before what to count ${subject.name} by.`);
  }
  return isMixed || (counted && columns.length > 0)
    ? columns.map((column) => ({ by: 'column', column }))
    : [];
}

/** The table to start from has a row for each that is counted. */
function startOf(reader: Reader, draft: Draft, groups: Group[]): Table {
  const { subject } = draft;
  const counted = countedOf(draft);
  const [entity, ...others] = groups.flatMap((group) => (group.by === 'entity' ? [group.table] : []));
  if (!counted || !entity) return counted ?? subject;
  if (others.length > 0 && others.some((other) => !joinPath(reader.database, counted.name, other.name))) {
    throw reader.refuse(
      `No foreign key leads from ${counted.name} to ${others.map(({ name }) => name).join(', ')}.`,
    );
  }
  const link = joinPath(reader.database, counted.name, entity.name)
    ? counted
    : linkOf(reader.database, entity, counted);
  if (link && link !== entity) return link;
  throw reader.refuse(`No foreign key leads from ${counted.name} to ${entity.name}.`);
}

function measuresOf(reader: Reader, { items, subject }: Draft, from: Table): Measure[] {
  return items.flatMap((item): Measure[] => {
    if (item.kind === 'column') return [];
    if (item.kind === 'count') return [countOf(reader, item.table, from)];
    const column = pickNear(reader, item.candidates, [subject, from]);
    return [checked(reader, { aggregate: item.aggregate, column, ...(item.distinct && { distinct: true }) })];
  });
}

function checked(reader: Reader, measure: Measure & { column: Column }): Measure {
  const { aggregate, column } = measure;
  if (aggregate === 'min' || aggregate === 'max') refuseRank(reader, column);
  if (aggregate === 'count' || column.kind === 'number') return measure;
  if ((aggregate === 'min' || aggregate === 'max') && column.kind === 'date') return measure;
  const what = { sum: 'total', avg: 'average', min: 'lowest value', max: 'highest value' }[aggregate];
  throw reader.refuse(`${column.name} is not a number, so it has no ${what}.`);
}

function orderOf(reader: Reader, draft: Draft, measures: Measure[], from: Table): Order | undefined {
  const { order, orderCount, head } = draft;
  if (orderCount) return { by: countOf(reader, orderCount.table, from), descending: orderCount.descending };
  const [measure] = measures;
  return head.ranksMeasure && measure ? { by: measure, descending: head.ranksMeasure.descending } : order;
}

function refuseContradictions(reader: Reader, query: Query, draft: Draft): void {
  const { from, columns, measures, groups, order, having } = query;
  const { database } = reader;
  if (groups.length > 0 && measures.length === 0 && !order && having.length === 0) {
    throw reader.refuse('To group, name what to count or to add up.');
  }
  const counts = draft.items.filter(({ kind }) => kind === 'count').length;
  if (counts > 1) throw reader.refuse('Only one table can be counted at a time.');
  const needed = [
    ...groups.map((group) => (group.by === 'entity' ? group.table.name : group.column.table)),
    ...columns.map(({ table }) => table),
    ...measures.flatMap(({ column }) => (column ? [column.table] : [])),
    ...query.conditions.flatMap((condition) =>
      condition.kind === 'related'
        ? [condition.of.name]
        : 'column' in condition
          ? [condition.column.table]
          : [],
    ),
  ];
  const lost = needed.find((table) => !joinPath(database, from.name, table));
  if (lost !== undefined) throw reader.refuse(`No foreign key leads from ${from.name} to ${lost}.`);
  if (isNever(query.conditions)) throw reader.refuse('No row fits all of the conditions.');
  const isOrderedByColumn = order && 'name' in order.by;
  if (groups.length > 0) refuseUngrouped(reader, query);
  else if (measures.length > 0 && (isOrderedByColumn || draft.limit !== undefined))
    throw reader.refuse('Only lists can be sorted.');
  if (query.distinct && isOrderedByColumn && !columns.includes(order.by as Column)) {
    throw reader.refuse('Different rows can be sorted only by what is listed.');
  }
}

/** "before 2003 and after 2003" asks for two rows, not for one. */
function isNever(conditions: Condition[]): boolean {
  const filters = conditions.filter((condition) => condition.kind === 'filter');
  return filters.some((one) =>
    filters.some(
      (other) =>
        one !== other &&
        one.column === other.column &&
        ((one.operator.startsWith('>') && other.operator.startsWith('<') && one.value >= other.value) ||
          (one.operator === '=' && other.operator === '=' && one.value !== other.value)),
    ),
  );
}

/** Each group has one value of what it is grouped by, and of what a row of its table refers to. */
function refuseUngrouped(reader: Reader, { columns, groups, order }: Query): void {
  const shown = [...columns, ...(order && 'name' in order.by ? [order.by] : [])];
  const odd = shown.find((column) => !groups.some((group) => isOfGroup(reader.database, column, group)));
  if (odd) throw reader.refuse(`A group has several values of ${odd.table}.${odd.name}.`);
}

function isOfGroup(database: Database, column: Column, group: Group): boolean {
  if (group.by === 'column') return group.column === column;
  return group.by === 'entity' && joinPath(database, group.table.name, column.table) !== undefined;
}
