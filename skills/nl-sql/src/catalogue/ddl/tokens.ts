import type { Dialect } from '../database.js';

export interface Token {
  /** A name in quotes is `quoted`, a text in single quotes `string`; comments and spaces are no tokens. */
  kind: 'word' | 'quoted' | 'string' | 'number' | 'sign';
  /** As written; of a quoted name or a string, what stands between the quotes. */
  text: string;
  /** Where it begins in the schema. */
  index: number;
}

/** What is wrong with a schema, and where. */
export class UnreadableDdl extends Error {
  constructor(
    readonly index: number,
    message: string,
  ) {
    super(message);
  }
}

const blank = /\s+/uy;
const word = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const number = /\d+(?:\.\d+)?/uy;
const dollarQuote = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;
const stringPrefix = /(?:[uU]&|[eEbBxXnN])(?=')/uy;

/** Closing quotes of names, by the opening one. MySQL reads "x" as a text, but where a name stands it can only be one. */
const nameQuotes: Record<Dialect, Record<string, string>> = {
  postgresql: { '"': '"' },
  sqlite: { '"': '"', '`': '`', '[': ']' },
  mysql: { '"': '"', '`': '`' },
};

/** Reads a schema token by token. Each character is looked at once or twice, so that half a megabyte takes milliseconds. */
export class Lexer {
  #at = 0;

  constructor(
    readonly text: string,
    readonly dialect: Dialect,
  ) {}

  /** @throws UnreadableDdl for a quote or a comment that does not end */
  next(): Token | undefined {
    this.#skipBlanks();
    const index = this.#at;
    const character = this.text[index];
    if (character === undefined) return undefined;
    const dollar = this.dialect === 'postgresql' && this.#match(dollarQuote);
    if (dollar) return this.#until('string', index + dollar.length, dollar);
    const prefix = this.#match(stringPrefix) ?? '';
    if (this.text[index + prefix.length] === "'") return this.#string(prefix);
    const closing = nameQuotes[this.dialect][character];
    if (closing)
      return this.#quoted('quoted', index + 1, closing, this.dialect === 'mysql' && closing === '"');
    const text = this.#match(word);
    if (text) return this.#token('word', text);
    const digits = this.#match(number);
    return digits ? this.#token('number', digits) : this.#token('sign', character);
  }

  /** Skips the rest of this line: a command of psql or of the mysql client, not SQL. */
  skipLine(): void {
    const end = this.text.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.text.length : end + 1;
  }

  /** Skips what stands between `DELIMITER ;;` and `DELIMITER ;`: bodies of MySQL's routines, whose `;` end no statement. */
  skipDelimited(): void {
    const end = /^[ \t]*delimiter[ \t]+;[ \t\r]*$/gim;
    end.lastIndex = this.#at;
    this.#at = end.exec(this.text) ? end.lastIndex : this.text.length;
  }

  /** Skips the rows that `COPY ... FROM stdin` is followed by in a dump. */
  skipRows(): void {
    const end = /^\\\.[ \t\r]*$/gm;
    end.lastIndex = this.#at;
    this.#at = end.exec(this.text) ? end.lastIndex : this.text.length;
  }

  #skipBlanks(): void {
    for (;;) {
      const blanks = this.#match(blank);
      if (blanks) this.#at += blanks.length;
      else if (this.#isLineComment()) this.skipLine();
      else if (this.text.startsWith('/*', this.#at)) this.#skipComment();
      else return;
    }
  }

  #isLineComment(): boolean {
    const [first, second, third = '\n'] = this.text.slice(this.#at, this.#at + 3);
    if (this.dialect !== 'mysql') return first === '-' && second === '-';
    return first === '#' || (first === '-' && second === '-' && /\s/.test(third));
  }

  /** PostgreSQL's comments nest. */
  #skipComment(): void {
    const start = this.#at;
    const marks = /\/\*|\*\//g;
    marks.lastIndex = start;
    for (let depth = 0; ;) {
      const [mark] = marks.exec(this.text) ?? [];
      if (mark === undefined) throw new UnreadableDdl(start, 'this comment does not end');
      if (mark === '/*') depth = this.dialect === 'postgresql' ? depth + 1 : 1;
      else if (--depth === 0) break;
    }
    this.#at = marks.lastIndex;
  }

  #string(prefix: string): Token {
    const escapes = this.dialect === 'mysql' || (this.dialect === 'postgresql' && /^e$/i.test(prefix));
    return this.#quoted('string', this.#at + prefix.length + 1, "'", escapes);
  }

  #quoted(kind: Token['kind'], start: number, closing: string, escapes: boolean): Token {
    const ends = new RegExp(escapes ? `[\\\\${closing}]` : `[${closing === ']' ? '\\]' : closing}]`, 'g');
    ends.lastIndex = start;
    for (let end = ends.exec(this.text); end; end = ends.exec(this.text)) {
      const isPair = end[0] === '\\' || (closing !== ']' && this.text[end.index + 1] === closing);
      if (!isPair) return this.#ended(kind, start, end.index, 1, closing);
      ends.lastIndex = end.index + 2;
    }
    throw new UnreadableDdl(this.#at, `this ${closing} is not closed`);
  }

  #until(kind: Token['kind'], start: number, closing: string): Token {
    const end = this.text.indexOf(closing, start);
    if (end < 0) throw new UnreadableDdl(this.#at, `this ${closing} is not closed`);
    return this.#ended(kind, start, end, closing.length, closing);
  }

  #ended(kind: Token['kind'], start: number, end: number, length: number, closing: string): Token {
    const token = {
      kind,
      text: this.text.slice(start, end).replaceAll(closing + closing, closing),
      index: this.#at,
    };
    this.#at = end + length;
    return token;
  }

  #token(kind: Token['kind'], text: string): Token {
    const token = { kind, text, index: this.#at };
    this.#at += text.length;
    return token;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.text)?.[0];
  }
}
