import { type Token, UnreadableDdl } from './tokens.js';

/** A table or type as it is named: PostgreSQL's and SQLite's schema, MySQL's database. */
export interface Name {
  schema: string | undefined;
  name: string;
}

/** How deep a sign leads into brackets; `ARRAY[1, 2]` has commas too. */
const depthOf: Record<string, number> = { '(': 1, ')': -1, '[': 1, ']': -1 };

/** Walks the tokens of one statement. Keywords are given in capitals. */
export class Cursor {
  #at = 0;

  constructor(
    readonly tokens: Token[],
    /** Where an error is when the tokens end. */
    readonly end: number,
    /** Spells a name that is not quoted. */
    readonly fold: (name: string) => string,
  ) {}

  get token(): Token | undefined {
    return this.tokens[this.#at];
  }

  /** Whether these keywords and signs come next. */
  isAt(...words: string[]): boolean {
    return words.every((word, i) => {
      const token = this.tokens[this.#at + i];
      return token?.kind !== 'quoted' && token?.kind !== 'string' && token?.text.toUpperCase() === word;
    });
  }

  isAtAny(words: ReadonlySet<string>): boolean {
    return this.token?.kind === 'word' && words.has(this.token.text.toUpperCase());
  }

  /** Takes these keywords and signs if they come next. */
  take(...words: string[]): boolean {
    if (!this.isAt(...words)) return false;
    this.#at += words.length;
    return true;
  }

  skip(): Token {
    const { token } = this;
    if (!token) throw this.unexpected('more');
    this.#at += 1;
    return token;
  }

  /** A name, perhaps behind that of its schema. */
  name(): Name {
    const first = this.identifier();
    if (!this.take('.')) return { schema: undefined, name: first };
    const second = this.identifier();
    // PostgreSQL also takes the name of the database before that of the schema.
    return this.take('.') ? { schema: second, name: this.identifier() } : { schema: first, name: second };
  }

  identifier(): string {
    const { token } = this;
    if (!token || token.kind === 'sign' || token.kind === 'number') throw this.unexpected('a name');
    this.#at += 1;
    return token.kind === 'word' ? this.fold(token.text) : token.text;
  }

  /** What stands between brackets, one cursor for each part between commas. */
  bracketed(): Cursor[] {
    if (!this.take('(')) throw this.unexpected('(');
    const parts: Token[][] = [[]];
    for (let depth = 1; ;) {
      const token = this.skip();
      if (token.kind === 'sign') depth += depthOf[token.text] ?? 0;
      if (depth === 0) return this.#cursors(parts, token.index);
      if (depth === 1 && token.kind === 'sign' && token.text === ',') parts.push([]);
      else parts.at(-1)?.push(token);
    }
  }

  /** The rest of the statement, one cursor for each part between commas. */
  parts(): Cursor[] {
    const parts: Token[][] = [[]];
    while (this.token) {
      if (this.isAt('(')) parts.at(-1)?.push(...this.#bracketTokens());
      else if (this.take(',')) parts.push([]);
      else parts.at(-1)?.push(this.skip());
    }
    return this.#cursors(parts, this.end);
  }

  /** The first names of a list in brackets, as in `(a, b DESC, c(10))`. */
  names(): string[] {
    return this.bracketed().map((part) => part.identifier());
  }

  unexpected(expected: string): UnreadableDdl {
    const { token } = this;
    const found = token ? JSON.stringify(token.text.slice(0, 40)) : 'the end of the statement';
    return new UnreadableDdl(token?.index ?? this.end, `found ${found} where ${expected} was expected`);
  }

  #bracketTokens(): Token[] {
    const start = this.#at;
    this.bracketed();
    return this.tokens.slice(start, this.#at);
  }

  #cursors(parts: Token[][], end: number): Cursor[] {
    return parts.map((tokens) => new Cursor(tokens, end, this.fold));
  }
}
