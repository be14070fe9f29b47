import { SkillError } from '@odoobo/skill-kit';
import type { Column, Database, Table } from '../catalogue/database.js';
import { stems, type Token, tokenise } from './words.js';

interface Named<T> {
  words: string[];
  item: T;
}

/** A name of several words may also be written as in the schema: order_lines. */
function named<T>(item: T, words: string[]): Named<T>[] {
  return [
    { words, item },
    { words: [words.join('_')], item },
  ];
}

/** Reads a question from left to right. Each `take` moves on when it matches, and leaves the place alone when not. */
export class Reader {
  readonly #tokens: Token[];
  #at = 0;

  constructor(
    question: string,
    readonly database: Database,
  ) {
    this.#tokens = tokenise(question);
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length;
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

  takeNumber(): number | undefined {
    if (this.peek()?.kind !== 'number') return undefined;
    return Number(this.next()?.text);
  }

  /** Tries to read something; on undefined nothing was read. */
  attempt<T>(read: () => T | undefined): T | undefined {
    const start = this.#at;
    const result = read();
    if (result === undefined) this.#at = start;
    return result;
  }

  takeTable(): Table | undefined {
    return this.#longest([...this.database.values()].flatMap((table) => named(table, stems(table.name))))[0];
  }

  /** The columns that the next words may mean, such as "customer name" or "name"; none when they mean no column. */
  takeColumns(): Column[] {
    const names = [...this.database.values()].flatMap((table) =>
      table.columns.flatMap((column) => [
        ...named(column, stems(column.name)),
        { words: [...stems(table.name), ...stems(column.name)], item: column },
      ]),
    );
    return this.#longest(names);
  }

  #longest<T>(names: Named<T>[]): T[] {
    return (
      this.attempt(() => {
        this.take('the', 'a', 'an', 'all', 'our', 'their', 'each');
        const fitting = names.filter(({ words }) => words.every((word, i) => this.#isWord(word, i)));
        const length = Math.max(0, ...fitting.map(({ words }) => words.length));
        if (length === 0) return undefined;
        this.#at += length;
        return [...new Set(fitting.filter(({ words }) => words.length === length).map(({ item }) => item))];
      }) ?? []
    );
  }

  #isWord(word: string, ahead: number): boolean {
    const token = this.peek(ahead);
    return token?.kind === 'word' && stems(token.text).join('_') === word;
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
    return new SkillError(422, 'question_not_understood', `${why} This skill uses templates.`, {
      details,
    });
  }
}

const understood = [
  'Understood: "how many <table> [per <column>]"',
  'Understood: "total | average | highest | lowest <column> of <table> [by <column> | per month | per year]"',
  'Understood: "top <N> <table> by <column> | by number of <table>"',
  'Understood: "list <table>" or "<column> and <column> of <table>", and "sorted by <column> descending"',
  'Understood filters: "where <column> is | over | under | at least | contains <value>", "in 2024", "since 2024-03-01", "last 30 days", "this month"',
];
