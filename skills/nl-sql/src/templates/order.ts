import type { Column } from '../catalogue/database.js';
import type { Draft } from './draft.js';
import { countWords } from './items.js';
import { pick } from './pick.js';
import type { Reader } from './reader.js';

const directions: Record<string, boolean> = {
  descending: true,
  desc: true,
  decreasing: true,
  'from high to low': true,
  'from highest to lowest': true,
  'from the highest to the lowest': true,
  'from largest to smallest': true,
  'from the oldest to the youngest': true,
  'from oldest to youngest': true,
  'from old to young': true,
  'reverse alphabetical': true,
  'reversed alphabetical': true,
  'reverse lexicographical': true,
  'reversed lexicographical': true,
  'descending alphabetical': true,
  ascending: false,
  asc: false,
  increasing: false,
  alphabetical: false,
  alphabetic: false,
  alphabetically: false,
  lexicographic: false,
  lexicographical: false,
  'from low to high': false,
  'from lowest to highest': false,
  'from the lowest to the highest': false,
  'from smallest to largest': false,
  'from the youngest to the oldest': false,
  'from youngest to oldest': false,
  'from young to old': false,
};

function takeDirection(reader: Reader): boolean | undefined {
  return directions[reader.take(...Object.keys(directions)) ?? ''];
}

/** "sorted by age descending", "in descending order of age", "in alphabetical order" */
export function takeOrder(reader: Reader, draft: Draft): boolean {
  return reader.attempt(() => readOrder(reader, draft)) ?? false;
}

function readOrder(reader: Reader, draft: Draft): true | undefined {
  const isSorted = reader.take(
    'sorted',
    'ordered',
    'order',
    'sort',
    'ranked',
    'listed',
    'arranged',
    'and order',
    'and sort',
  );
  if (isSorted !== undefined) reader.takeAll('the results', 'results', 'the result', 'them', 'it');
  const first = takeSaidDirection(reader, isSorted !== undefined);
  if (isSorted === undefined && first === undefined) return undefined;
  if (draft.order ?? draft.orderCount)
    throw reader.refuse('The rows are already ranked, so they cannot be sorted.');
  const isNamed = reader.take('according to', 'by the', 'by', 'of the', 'of', 'for', 'on') !== undefined;
  if (!isNamed && first === undefined) return undefined;
  const before = first ?? (isNamed ? takeDirection(reader) : undefined);
  const candidates = isNamed ? reader.takeColumns() : [];
  if (candidates.length === 0 && isNamed) return takeCounted(reader, draft, before);
  const by = isNamed ? pick(reader, candidates, draft.subject) : onlyColumn(reader, draft);
  draft.order = { by, descending: before ?? takeSaidDirection(reader, true) ?? false };
  return true;
}

function takeSaidDirection(reader: Reader, isBareAllowed: boolean): boolean | undefined {
  return reader.attempt(() => {
    const isIn = reader.take('in the', 'in an', 'in a', 'in') !== undefined;
    if (!isIn && !isBareAllowed) return undefined;
    const direction = takeDirection(reader);
    if (direction === undefined) return undefined;
    reader.takeAll('alphabetical', 'lexicographical');
    if (isIn && !reader.take('order')) return undefined;
    reader.take('order');
    return direction;
  });
}

/** "by the number of concerts" */
function takeCounted(reader: Reader, draft: Draft, direction: boolean | undefined): true {
  const table = reader.take(...countWords) ? reader.takeTable() : undefined;
  if (!table) throw reader.refuse(`"${reader.rest()}" is not a column.`);
  const descending = direction ?? takeSaidDirection(reader, true) ?? false;
  draft.orderCount = { table, descending };
  return true;
}

/** "in alphabetical order" is clear where one column is listed. */
function onlyColumn(reader: Reader, draft: Draft): Column {
  const [item, ...others] = draft.items;
  if (item?.kind === 'column' && others.length === 0) return pick(reader, item.candidates, draft.subject);
  throw reader.refuse('Say by which column the rows are sorted.');
}
