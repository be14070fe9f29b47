import type { Dialect } from '../catalogue/database.js';
import type { Token } from './lexicon.js';

/**
 * The query in the words of the parser, which knows less SQL than the databases do. Each rewriting keeps every name, call and subquery
 * in its place, and takes out nothing but keywords, numbers and texts, so that what is checked is all that could do harm.
 */
export function forParser(tokens: Token[], dialect: Dialect): string {
  const words = new Words(withoutLastLimit(tokens));
  while (!words.atEnd) {
    if (![...rewritings, ...more[dialect]].some((rewrite) => rewrite(words))) words.keep();
  }
  return words.text;
}

/**
 * The rows that a query is limited to by the LIMIT that it ends with; undefined without one. It stands in no brackets, so it limits all
 * of a UNION, where the parser knows it only as one of the last SELECT.
 */
export function lastLimit(tokens: Token[]): number | undefined {
  const found = lastLimitPattern.exec(tokens.map(({ text }) => text.toUpperCase()).join(' '));
  return found ? Number(found[1]) : undefined;
}

const lastLimitPattern = / LIMIT (\d+)(?: OFFSET \d+)?$/;

function withoutLastLimit(tokens: Token[]): Token[] {
  if (lastLimit(tokens) === undefined) return tokens;
  return tokens.slice(
    0,
    tokens.findLastIndex(({ kind, text }) => kind === 'word' && text.toUpperCase() === 'LIMIT'),
  );
}

/** Walks the tokens, and collects those for the parser. */
class Words {
  #at = 0;
  #text = '';
  #isSpaced = false;

  constructor(readonly tokens: Token[]) {}

  get atEnd(): boolean {
    return this.#at >= this.tokens.length;
  }

  get text(): string {
    return this.#text;
  }

  /** Tokens keep their distance, because two signs make another one without it. */
  keep(): void {
    const { text, isSpaced } = this.tokens[this.#at] ?? { text: '', isSpaced: false };
    this.#text += `${isSpaced || this.#isSpaced ? ' ' : ''}${text}`;
    this.#isSpaced = false;
    this.#at += 1;
  }

  /** MySQL's backticks are the standard's quotes. */
  keepQuoted(): boolean {
    const token = this.tokens[this.#at];
    if (token?.kind !== 'quoted') return false;
    this.#text += `${token.isSpaced || this.#isSpaced ? ' ' : ''}"${token.text.slice(1, -1)}"`;
    this.#isSpaced = false;
    this.#at += 1;
    return true;
  }

  write(text: string): void {
    this.#text += ` ${text}`;
  }

  /** Skips what matches: a keyword in capitals, one of several keywords as "A|B", or a kind of token as "<number>". */
  skip(...wanted: string[]): boolean {
    if (!this.isAt(...wanted)) return false;
    this.#at += wanted.length;
    this.#isSpaced = true;
    return true;
  }

  isAt(...wanted: string[]): boolean {
    return wanted.every((one, i) => matches(this.tokens[this.#at + i], one));
  }
}

function matches(token: Token | undefined, wanted: string): boolean {
  if (!token) return false;
  if (/^<\w+>$/.test(wanted)) return wanted.slice(1, -1) === token.kind;
  return (
    token.kind !== 'quoted' && token.kind !== 'string' && wanted.split('|').includes(token.text.toUpperCase())
  );
}

type Rewriting = (words: Words) => boolean;

/** Each rewrites what begins at this token, or returns false. */
const rewritings: Rewriting[] = [
  (words) => words.isAt('ROWS|RANGE|GROUPS') && skipFrame(words),
  (words) => replace(words, ['UNION|INTERSECT|EXCEPT', 'DISTINCT'], 'UNION'),
  (words) => replace(words, ['INTERSECT|EXCEPT'], 'UNION'),
  (words) => replace(words, ['IS', 'NOT', 'DISTINCT', 'FROM'], '='),
  (words) => replace(words, ['IS', 'DISTINCT', 'FROM'], '!='),
  (words) => replace(words, ['SIMILAR', 'TO'], 'LIKE'),
  (words) => replace(words, ['BETWEEN', 'SYMMETRIC'], 'BETWEEN'),
  (words) => replace(words, ['AS', 'NOT', 'MATERIALIZED', '('], 'AS ('),
  (words) => replace(words, ['AS', 'MATERIALIZED', '('], 'AS ('),
  (words) => words.skip('ESCAPE', '<string>'),
  (words) => words.skip('COLLATE', '<quoted>') || words.skip('COLLATE', '<word>'),
];

/** What only one of the databases has. */
const more: Record<Dialect, Rewriting[]> = {
  postgresql: [],
  sqlite: [(words) => replace(words, ['GLOB'], 'LIKE')],
  mysql: [
    (words) => replace(words, ['REGEXP|RLIKE'], 'LIKE'),
    (words) => replace(words, ['<=>'], '='),
    (words) => replace(words, ['DIV'], '/'),
    (words) => words.skip('SEPARATOR', '<string>'),
    (words) => words.skip('WITH', 'ROLLUP'),
    (words) => replace(words, ['TIMESTAMPDIFF|TIMESTAMPADD', '(', units, ','], 'timestampdiff ('),
    (words) => replace(words, ['INTERVAL', '<number>', units], "INTERVAL '1 day'"),
    (words) => replace(words, ['INTERVAL', '<string>', units], "INTERVAL '1 day'"),
    (words) => words.keepQuoted(),
  ],
};

const units = 'MICROSECOND|SECOND|MINUTE|HOUR|DAY|WEEK|MONTH|QUARTER|YEAR';

function replace(words: Words, from: string[], to: string): boolean {
  if (!words.skip(...from)) return false;
  words.write(to);
  return true;
}

const bounds = [
  ['UNBOUNDED', 'PRECEDING|FOLLOWING'],
  ['CURRENT', 'ROW'],
  ['<number>', 'PRECEDING|FOLLOWING'],
  ['<string>', 'PRECEDING|FOLLOWING'],
  ['INTERVAL', '<string>', 'PRECEDING|FOLLOWING'],
];

const exclusions = [
  [],
  ['EXCLUDE', 'CURRENT', 'ROW'],
  ['EXCLUDE', 'NO', 'OTHERS'],
  ['EXCLUDE', 'GROUP|TIES'],
];

const extents = [
  ...bounds.flatMap((from) => bounds.map((to) => ['BETWEEN', ...from, 'AND', ...to])),
  ...bounds,
];
const frames = extents.flatMap((extent) =>
  exclusions.map((exclusion) => ['ROWS|RANGE|GROUPS', ...extent, ...exclusion]),
);

/** A frame as it stands before the `)` of OVER (...): it says which rows count, and calls nothing. */
function skipFrame(words: Words): boolean {
  return frames.some((frame) => words.isAt(...frame, ')') && words.skip(...frame));
}
