import { type Column, labelOf, type Table } from '../catalogue/database.js';
import { takeComparison, takeQuantity, takeSplitComparison } from './comparisons.js';
import type { Draft } from './draft.js';
import { comparisonWith, takeAgainst, takeFilter } from './filters.js';
import { distinctWords, type Item, takeItems } from './items.js';
import { takeLink, takeTail, takeVerb } from './links.js';
import { takeOrder } from './order.js';
import { dateColumnOf, takePeriod } from './periods.js';
import { pick } from './pick.js';
import type { Condition, Group, Period } from './query.js';
import type { Reader } from './reader.js';
import { takeRelation } from './relations.js';
import { linkOf } from './resolve.js';
import { comparedBy } from './superlatives.js';

const groupWords = [
  'grouped by',
  'group by',
  'for each of the',
  'for each',
  'for every',
  'in each',
  'in every',
  'of each',
  'from each',
  'at each',
  'on each',
  'to each',
  'by each',
  'for all the different',
  'for all the distinct',
  'for different',
  'per',
  'by',
  'each',
  'every',
];

/** What follows the head: groups, conditions, dates and order, in any order. */
export class Clauses {
  constructor(
    readonly reader: Reader,
    readonly today: string,
  ) {}

  readInto(draft: Draft): void {
    const { reader } = this;
    while (!reader.done) {
      takeTail(reader);
      if (reader.done) return;
      if (this.#orCondition(draft)) continue;
      const isSeparated = reader.peek()?.isSeparated ?? false;
      const isJoined = reader.takeAll('and', 'but', 'also').length > 0 || isSeparated;
      if (!this.#readOne(draft, isJoined))
        throw reader.refuse(`These words are not understood: "${reader.rest()}".`);
    }
  }

  #readOne(draft: Draft, isJoined: boolean): boolean {
    const { reader } = this;
    return (
      takeOrder(reader, draft) ||
      this.readGroup(draft) ||
      this.#moreItems(draft) ||
      this.#askedAgain(draft) ||
      this.#condition(draft, isJoined) ||
      // "who did not use any car on Monday": what follows a relation without "and" is about its table.
      ((isJoined || !isRelated(draft)) && takeRelation(reader, draft, (table) => this.#conditionsOf(table)))
    );
  }

  /** "for each country", "per month" */
  readGroup(draft: Draft): boolean {
    const { reader } = this;
    const isGroup = reader.attempt(() => {
      reader.takeAll('are there', 'are', 'is', 'does', 'do', 'did', 'were', 'has', 'have');
      // "owned by students" is no group, but "owned by each student" is.
      const isDone = takeVerb(reader);
      return reader.take(
        ...groupWords.filter((word) => !isDone || /each|every|different|distinct/.test(word)),
      );
    });
    if (isGroup === undefined) return false;
    reader.takeAll('the', ...distinctWords);
    const period = reader.take('day', 'month', 'year') as Period | undefined;
    const isColumn = draft.subject.columns.some(({ name }) => name.toLowerCase() === period);
    if (period && isColumn) reader.returnTo(reader.place - 1);
    if (period && !isColumn)
      draft.groups.push({ by: 'period', period, column: dateColumnOf(reader, draft.subject) });
    else draft.groups.push(this.#groupByName(draft));
    return true;
  }

  #groupByName(draft: Draft): Group {
    const { reader } = this;
    const start = reader.place;
    const table = reader.takeTable();
    const end = reader.place;
    reader.returnTo(start);
    const candidates = reader.takeColumns();
    if (table && (reader.place <= end || candidates.length === 0)) {
      reader.returnTo(end);
      const isLinked = table === draft.subject || linkOf(reader.database, draft.subject, table) !== undefined;
      const own = candidates.filter((column) => column.table === draft.subject.name);
      if (isLinked || own.length === 0) return { by: 'entity', table };
      return { by: 'column', column: pick(reader, own) };
    }
    if (candidates.length === 0) throw reader.refuse(`"${reader.rest()}" is not a column.`);
    return { by: 'column', column: pick(reader, candidates, draft.subject) };
  }

  /** "names of stadiums and the number of concerts in each" */
  #moreItems(draft: Draft): boolean {
    const { reader } = this;
    const found = reader.attempt(() => {
      const read = takeItems(reader);
      return read?.items.every(({ kind }) => kind !== 'column') ? read : undefined;
    });
    if (!found) return false;
    draft.items.push(...found.items);
    return true;
  }

  /** "Which shop has the most employees? Give me the shop name." */
  #askedAgain(draft: Draft): boolean {
    const { reader } = this;
    const found = reader.attempt(() => {
      reader.take('only');
      if (!reader.take('list', 'give me', 'show', 'find', 'return')) return undefined;
      const read = takeItems(reader);
      reader.attempt(() =>
        reader.take('and') && reader.takeAll('the').length > 0 && reader.take('number', 'count')
          ? true
          : undefined,
      );
      return reader.done ? read : undefined;
    });
    const columns = found?.items.filter(({ kind }) => kind === 'column') ?? [];
    if (!found || (draft.items.some(({ kind }) => kind === 'column') && columns.length > 0)) return false;
    const isNew = (item: Item) => !draft.items.some(({ kind }) => kind === item.kind);
    draft.items.push(...columns, ...found.items.filter((item) => item.kind !== 'column' && isNew(item)));
    return true;
  }

  /** The conditions that follow the name of another table, and are about that one. */
  #conditionsOf(table: Table): Condition[] {
    const { reader } = this;
    const conditions: Condition[] = [];
    const read = () => reader.attempt(() => this.#takeConditions(table));
    for (let found = read(); found; found = read()) {
      conditions.push(...found);
      // What follows "and" may be about the subject again.
      if (reader.peek()?.text === 'and') break;
    }
    return conditions;
  }

  /** Of the subject, or of the rows that are counted: "with the most concerts after 2013". */
  #condition(draft: Draft, isJoined: boolean): boolean {
    const { reader } = this;
    const table = isJoined || !isRelated(draft) ? draft.subject : draft.orderCount?.table;
    const found = table && reader.attempt(() => this.#takeConditions(table));
    if (found) draft.conditions.push(...found);
    return found !== undefined;
  }

  /** "opened after 2013 or before 2008"; with more conditions before, it would not be clear what the "or" is about. */
  #orCondition(draft: Draft): boolean {
    const { reader } = this;
    const [first, ...others] = draft.conditions;
    const second = reader.attempt(() => {
      if (!first || others.length > 0 || !reader.take('or')) return undefined;
      const [found, ...more] = this.#takeConditions(draft.subject) ?? [];
      return more.length === 0 && reader.done ? found : undefined;
    });
    if (first && second) draft.conditions = [{ kind: 'any', conditions: [first, second] }];
    return second !== undefined;
  }

  #takeConditions(subject: Table): Condition[] | undefined {
    const { reader } = this;
    return (
      reader.attempt(() => takePeriod(reader, this.today, subject)) ??
      reader.attempt(() => this.#takeFilter(subject)) ??
      reader.attempt(() => this.#takeAge(subject)) ??
      reader.attempt(() => this.#takeAverage(subject)) ??
      reader.attempt(() => this.#takeNumbered(subject)) ??
      reader.attempt(() => this.#takeSplit(subject)) ??
      reader.attempt(() => this.#takeNamed(subject))
    );
  }

  #takeFilter(subject: Table): Condition[] | undefined {
    const { reader } = this;
    const resolve = (candidates: Column[]) => pick(reader, candidates, subject);
    const word = reader.take('where', 'whose', 'when', 'for which');
    const bare = takeFilter(reader, resolve, 'quoted');
    if (bare ?? word) return bare;
    const link = takeLink(reader);
    const found =
      link.isSaid && !link.isPartial
        ? takeFilter(reader, resolve, link.isHaving ? 'any' : 'quoted')
        : undefined;
    if (!found || !link.negated) return found;
    const [only] = found;
    return found.length === 1 && only?.kind === 'filter' && only.operator === '='
      ? [{ ...only, operator: '<>' }]
      : undefined;
  }

  /** "older than 20", "above age 20" */
  #takeAge(subject: Table): Condition[] | undefined {
    const { reader } = this;
    takeLink(reader);
    const adjective = comparedBy(reader.peek()?.text ?? '', subject);
    const age = comparedBy('older', subject);
    const operator = takeComparison(reader);
    if (!operator || operator === '<>') return undefined;
    const column = adjective ?? (age && reader.takeColumns().includes(age) ? age : undefined);
    return column && [comparisonWith(reader, column, operator)];
  }

  /** "above the average age" */
  #takeAverage(subject: Table): Condition[] | undefined {
    const { reader } = this;
    takeLink(reader);
    const operator = takeComparison(reader);
    if (!operator || operator === '=' || operator === '<>') return undefined;
    const start = reader.place;
    reader.take('the');
    if (!reader.take('average', 'mean')) return undefined;
    const candidates = reader.takeColumns();
    if (candidates.length === 0) return undefined;
    const column = pick(reader, candidates, subject);
    reader.returnTo(start);
    const against = takeAgainst(reader, column, operator);
    return against && [against];
  }

  /** "with more than 4 cylinders" */
  #takeNumbered(subject: Table): Condition[] | undefined {
    const { reader } = this;
    const { negated, isSaid } = takeLink(reader);
    const quantity = negated ? undefined : takeQuantity(reader, isSaid);
    if (!quantity) return undefined;
    const own = reader.takeColumns().filter(({ table, kind }) => table === subject.name && kind === 'number');
    return own.length === 0 ? undefined : [{ kind: 'filter', column: pick(reader, own), ...quantity }];
  }

  /** "with a greater weight than 10" */
  #takeSplit(subject: Table): Condition[] | undefined {
    const { reader } = this;
    takeLink(reader);
    const operator = takeSplitComparison(reader);
    const candidates = operator ? reader.takeColumns() : [];
    if (!operator || candidates.length === 0 || !reader.take('than')) return undefined;
    return [comparisonWith(reader, pick(reader, candidates, subject), operator)];
  }

  /** "named Kyle" */
  #takeNamed(subject: Table): Condition[] | undefined {
    const { reader } = this;
    reader.takeAll('that is', 'who is', 'which is', 'that are', 'is', 'are');
    if (!reader.take('named', 'called', 'with the name', 'with name')) return undefined;
    const column = labelOf(subject);
    const isName = column !== undefined && /(?:name|title)$/i.test(column.name);
    return isName ? [comparisonWith(reader, column, '=')] : undefined;
  }
}

function isRelated({ conditions, orderCount }: Draft): boolean {
  return orderCount !== undefined || conditions.some(({ kind }) => kind === 'related');
}
