import type { Column, Table } from '../catalogue/database.js';
import { type Quantity, takeQuantity } from './comparisons.js';
import type { Draft } from './draft.js';
import { takeLink } from './links.js';
import { countOf } from './measures.js';
import { pick, refuseRank } from './pick.js';
import type { Condition, Related } from './query.js';
import type { Reader } from './reader.js';
import { joinPath, linkOf } from './resolve.js';
import { takeExtreme } from './superlatives.js';

/** Reads the conditions that follow a table, about that table. */
export type ReadConditions = (table: Table) => Condition[];

/**
 * Reads what another table has to do with the subject: "with more than 2 concerts", "with the most concerts", "without any
 * concert in 2014", and which row of the subject is the first: "with the highest capacity".
 */
export function takeRelation(reader: Reader, draft: Draft, readConditions: ReadConditions): boolean {
  return (
    reader.attempt(() => takeWhoseMost(reader, draft)) ??
    reader.attempt(() => {
      const { negated, isSaid } = takeLink(reader);
      return (
        reader.attempt(() => takeMost(reader, draft, negated)) ??
        reader.attempt(() => takeNumbered(reader, draft, negated, readConditions)) ??
        (isSaid ? takeExisting(reader, draft, negated, readConditions) : undefined)
      );
    }) ??
    false
  );
}

/** "whose capacity is the highest" */
function takeWhoseMost(reader: Reader, draft: Draft): true | undefined {
  reader.take('whose', 'where', 'with');
  const candidates = reader.takeColumns();
  if (candidates.length === 0 || !reader.take('is the', 'are the', 'was the', 'is', 'are')) return undefined;
  const descending = takeExtreme(reader);
  if (descending === undefined || (draft.order ?? draft.orderCount)) return undefined;
  draft.order = { by: ranking(reader, candidates, draft), descending };
  draft.limit = 1;
  return true;
}

const numberOf = ['number of', 'amount of', 'total number of'];

/** "the most concerts", "the highest capacity", "the 3 lowest populations" */
function takeMost(reader: Reader, draft: Draft, negated: boolean): true | undefined {
  reader.takeAll('the');
  reader.take('top');
  const first = reader.takeNumber();
  const descending = takeExtreme(reader);
  if (descending === undefined || negated) return undefined;
  if (draft.order ?? draft.orderCount) throw reader.refuse('The rows are ranked twice.');
  const start = reader.place;
  const table = reader.attempt(() => takeCounted(reader));
  const counted = reader.place;
  reader.returnTo(start);
  const candidates = reader.attempt(() => {
    const found = reader.takeColumns();
    return found.some((column) => isReached(reader, draft, column)) ? found : undefined;
  });
  // The longer name is meant: "number of matches" is not the "number" of a match.
  if (table && reader.place < counted) {
    reader.returnTo(counted);
    draft.orderCount = { table, descending };
  } else if (candidates) {
    draft.order = { by: ranking(reader, candidates, draft), descending };
  } else return undefined;
  draft.limit = first ?? 1;
  return true;
}

/** What follows "the most", or "the largest" and "number of". */
function takeCounted(reader: Reader): Table | undefined {
  const word = reader.peek(-1)?.text ?? '';
  reader.take('of the', 'of');
  const isNumber = reader.take(...numberOf) !== undefined;
  return isNumber || /^(?:most|least|fewest)$/.test(word) ? reader.takeTable() : undefined;
}

function isReached(reader: Reader, { subject }: Draft, column: Column): boolean {
  return joinPath(reader.database, subject.name, column.table) !== undefined;
}

function ranking(reader: Reader, candidates: Column[], draft: Draft): Column {
  const column = pick(reader, candidates, draft.subject);
  refuseRank(reader, column);
  if (column.kind === 'number' || column.kind === 'date') return column;
  throw reader.refuse(`${column.name} is a text, so none is the highest.`);
}

/** "more than 2 concerts" */
function takeNumbered(
  reader: Reader,
  draft: Draft,
  negated: boolean,
  readConditions: ReadConditions,
): true | undefined {
  const quantity = takeQuantity(reader, true);
  if (!quantity) return undefined;
  const table = reader.takeTable();
  if (!table) return undefined;
  addCount(reader, draft, table, negated ? undefined : quantity, readConditions);
  return true;
}

/** Rows that have none do not appear where rows are counted, so "at most 2" would silently leave them out. */
function addCount(
  reader: Reader,
  draft: Draft,
  table: Table,
  count: Quantity | undefined,
  readConditions: ReadConditions,
): void {
  const includesNone = count === undefined || /^<|<>/.test(count.operator) || count.value === 0;
  if (includesNone) {
    throw reader.refuse(`It is not clear whether those without any row of ${table.name} count as well.`);
  }
  if (table === draft.subject) {
    if (draft.isNamed) throw reader.refuse(`${table.name} cannot be counted for itself.`);
    draft.having.push({ measure: { aggregate: 'count' }, ...count });
    draft.havingCount = { table };
    return;
  }
  const related = relatedOf(reader, draft.subject, table, readConditions);
  const measure = countOf(reader, table, related.link);
  draft.conditions.push({ ...related, count: { measure, ...count } });
}

/** "without any concert in 2014", "that have a pet" */
function takeExisting(
  reader: Reader,
  draft: Draft,
  negated: boolean,
  readConditions: ReadConditions,
): true | undefined {
  reader.take('any', 'some', 'a single', 'at least one', 'one or more', 'both');
  const table = reader.takeTable();
  if (!table) return undefined;
  if (table === draft.subject) return negated ? undefined : takeSubject(reader, draft, readConditions);
  const path = joinPath(reader.database, draft.subject.name, table.name);
  if (path) return negated ? undefined : takeReferred(draft, table, readConditions);
  const related = { ...relatedOf(reader, draft.subject, table, readConditions), negated };
  if (!negated) refuseUnclear(reader, draft, table);
  draft.conditions.push(related);
  return true;
}

/**
 * "countries with singers over 20": the table of the column is named after it. Of "both singers over 40 and singers under 20" each
 * country has to have one.
 */
function takeSubject(reader: Reader, draft: Draft, readConditions: ReadConditions): true | undefined {
  if (draft.isNamed) return undefined;
  draft.isNamed = true;
  const conditions = readConditions(draft.subject);
  const second =
    conditions.length > 0
      ? reader.attempt(() => takeOthers(reader, draft.subject, readConditions))
      : undefined;
  draft.conditions.push(...conditions);
  if (!second) return true;
  const [item, ...others] = draft.items;
  if (item?.kind !== 'column' || others.length > 0)
    throw reader.refuse('Ask for one column that both have in common.');
  const column = pick(reader, item.candidates, draft.subject);
  draft.conditions.push({ kind: 'also', column, negated: false, conditions: second });
  draft.distinct = true;
  return true;
}

function takeOthers(reader: Reader, subject: Table, readConditions: ReadConditions): Condition[] | undefined {
  if (!reader.take('and also', 'and')) return undefined;
  const isAgain = reader.take('those', 'ones') !== undefined || reader.takeTable() === subject;
  const conditions = isAgain ? readConditions(subject) : [];
  return conditions.length > 0 ? conditions : undefined;
}

/** The row that each row of the subject refers to: what is said of it is said of the subject. */
function takeReferred(draft: Draft, table: Table, readConditions: ReadConditions): true | undefined {
  const conditions = readConditions(table);
  if (conditions.length === 0) return undefined;
  draft.conditions.push(...conditions);
  return true;
}

function relatedOf(
  reader: Reader,
  of: Table,
  to: Table,
  readConditions: ReadConditions,
): Related & { kind: 'related' } {
  const link = linkOf(reader.database, of, to);
  if (!link || link === of) {
    throw reader.refuse(
      `No foreign key, or more than one, says which rows of ${to.name} belong to a row of ${of.name}.`,
    );
  }
  return { kind: 'related', of, to, link, negated: false, conditions: readConditions(to) };
}

/** Someone with two pets could be listed twice or once. */
function refuseUnclear(reader: Reader, draft: Draft, table: Table): void {
  const isListed = draft.items.length === 0 || draft.items.some(({ kind }) => kind === 'column');
  if (!isListed || draft.distinct) return;
  throw reader.refuse(
    `A row may have several rows of ${table.name}: write "different" before what to list, so that it is listed once.`,
  );
}
