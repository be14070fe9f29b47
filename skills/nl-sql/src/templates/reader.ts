import { SkillError } from '@odoobo/skill-kit';
import type { Column, Database, Table } from '../catalogue/database.js';
import { columnNames, type Name, tableNames, vague, wordKey } from './names.js';
import { stems, type Token, tokenise } from './words.js';

/** No name of a table or a column has more words in a question. */
const longestName = 6;

const numbers = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** Reads a question from left to right. Each `take` moves on when it matches, and leaves the place alone when not. */
export class Reader {
  readonly #tokens: Token[];
  readonly #tables: Index<Table>;
  readonly #columns: Index<Column>;
  readonly #vague = new WeakSet<Column[]>();
  #at = 0;
  #refusal: { at: number; error: SkillError } | undefined;

  constructor(
    question: string,
    readonly database: Database,
  ) {
    this.#tokens = tokenise(question);
    this.#tables = byKey(tableNames(database));
    this.#columns = byKey(columnNames(database));
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** How much was read, for `returnTo`. */
  get place(): number {
    return this.#at;
  }

  returnTo(place: number): void {
    this.#at = place;
  }

  /** The words that were read since, in lower case. */
  textFrom(place: number): string {
    return this.#tokens
      .slice(place, this.#at)
      .map(({ text }) => text)
      .join(' ');
  }

  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  next(): Token | undefined {
    return this.#tokens[this.#at++];
  }

  /** The words that were not read yet, as they were written. */
  rest(): string {
    return this.#tokens
      .slice(this.#at)
      .map(({ original }) => original)
      .join(' ');
  }

  /** Takes the first of the phrases that comes next; put the longer ones first. */
  take(...phrases: string[]): string | undefined {
    return phrases.find((phrase) => {
      const words = phrase.split(' ');
      const matches = words.every(
        (word, i) => this.peek(i)?.kind !== 'quoted' && this.peek(i)?.text === word,
      );
      if (matches) this.#at += words.length;
      return matches;
    });
  }

  /** Takes as many of the phrases as come next, in any order. */
  takeAll(...phrases: string[]): string[] {
    const taken: string[] = [];
    for (let phrase = this.take(...phrases); phrase !== undefined; phrase = this.take(...phrases)) {
      taken.push(phrase);
    }
    return taken;
  }

  /** A number in digits, or one to ten in words. */
  takeNumber(): number | undefined {
    const token = this.peek();
    if (token?.kind === 'number') return Number(this.next()?.text);
    const value = token?.kind === 'word' ? numbers.indexOf(token.text) : -1;
    if (value < 0) return undefined;
    this.next();
    return value;
  }

  /** Tries to read something; on undefined, and on a refusal, nothing was read. */
  attempt<T>(read: () => T | undefined): T | undefined {
    const start = this.#at;
    const result = this.#orRefused(read);
    if (result === undefined) this.#at = start;
    return result;
  }

  #orRefused<T>(read: () => T | undefined): T | undefined {
    try {
      return read();
    } catch (error) {
      if (error instanceof SkillError) return undefined;
      throw error;
    }
  }

  /** The refusal that came furthest into the question: it says best what was not understood. */
  get refusal(): SkillError | undefined {
    return this.#refusal?.error;
  }

  /** The table that the next words name. Words that fit several tables name none of them. */
  takeTable(): Table | undefined {
    return this.attempt(() => {
      const found = this.#longest(this.#tables);
      const nearest = Math.min(...found.map(({ distance }) => distance));
      const [table, ...others] = found.filter(({ distance }) => distance === nearest);
      return others.length === 0 ? table?.item : undefined;
    });
  }

  /** The columns that the next words may mean, such as "customer name" or "name"; none when they mean no column. */
  takeColumns(): Column[] {
    const found = this.#longest(this.#columns);
    const columns = found
      .filter(({ item, distance }) =>
        found.every((other) => other.item.table !== item.table || other.distance >= distance),
      )
      .map(({ item }) => item);
    if (found.some(({ key }) => vague.has(key))) this.#vague.add(columns);
    return columns;
  }

  /** True for columns that were called "name" or "id" only: each table has its own. */
  isVague(candidates: Column[]): boolean {
    return this.#vague.has(candidates);
  }

  /** The names with the most words that fit, each item with its shortest distance. */
  #longest<T>(names: Index<T>): Name<T>[] {
    return (
      this.attempt(() => {
        this.takeAll(...determiners);
        for (let count = longestName; count > 0; count -= 1) {
          const fitting = this.#fitting(names, count);
          if (fitting.length === 0) continue;
          this.#at += count;
          return fitting;
        }
        return undefined;
      }) ?? []
    );
  }

  #fitting<T>(names: Index<T>, count: number): Name<T>[] {
    const tokens = this.#tokens.slice(this.#at, this.#at + count);
    if (tokens.length < count || tokens.some(({ kind }) => kind !== 'word')) return [];
    const key = tokens.flatMap(({ text }) => stems(text).map(wordKey)).join('');
    const nearest = new Map<T, Name<T>>();
    for (const name of names.get(key) ?? []) {
      if ((nearest.get(name.item)?.distance ?? Infinity) > name.distance) nearest.set(name.item, name);
    }
    return [...nearest.values()];
  }

  /** The refusal of a question: says where it was lost, and what would be understood. */
  refuse(why: string): SkillError {
    const tables = [...this.database.values()].map(
      ({ name, columns }) => `${name} (${columns.map((column) => column.name).join(', ')})`,
    );
    const details = [
      { path: 'input/question', message: why },
      ...understood.map((message) => ({ path: 'input/question', message })),
      { path: 'input/schema', message: `The tables are: ${tables.join('; ')}`.slice(0, 2000) },
    ];
    const error = new SkillError(422, 'question_not_understood', `${why} This skill uses templates.`, {
      details,
    });
    if (!this.#refusal || this.#refusal.at < this.#at) this.#refusal = { at: this.#at, error };
    return error;
  }
}

type Index<T> = Map<string, Name<T>[]>;

function byKey<T>(names: Name<T>[]): Index<T> {
  const index: Index<T> = new Map();
  for (const name of names) {
    const others = index.get(name.key);
    if (others) others.push(name);
    else index.set(name.key, [name]);
  }
  index.delete('');
  return index;
}

/** Words before a name that leave its meaning as it is. */
const determiners = [
  'all of the',
  'all the',
  'the',
  'a',
  'an',
  'all',
  'our',
  'their',
  'its',
  'his',
  'her',
  'each',
  'every',
];

const understood = [
  'Understood: "how many <table> [per <column>]"',
  'Understood: "total | average | highest | lowest <column> of <table> [by <column> | per month | per year]"',
  'Understood: "top <N> <table> by <column> | by number of <table>"',
  'Understood: "list <table>" or "<column> and <column> of <table>", and "sorted by <column> descending"',
  'Understood filters: "where <column> is | over | under | at least | contains <value>", "in 2024", "since 2024-03-01", "last 30 days", "this month"',
  'Understood relations: "with more than <N> <table>", "with the most <table>", "without any <table>"',
];
