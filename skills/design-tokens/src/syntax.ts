import { SkillError } from '@odoobo/skill-kit';
import { tokenize, tokenTypes as t } from 'css-tree/tokenizer';

/** What a declaration stands in: a rule, or an at-rule such as `@media`, within the next one. */
export interface Scope {
  parent: Scope | undefined;
  /** In lower case without `@`; undefined for a style rule. */
  atRule: string | undefined;
  /** The selector, or what follows the name of the at-rule. */
  prelude: string;
}

export interface RawDeclaration {
  property: string;
  text: string;
  important: boolean;
  scope: Scope;
}

export interface Events {
  declaration: (declaration: RawDeclaration) => void;
  /** An at-rule without a block, such as `@import`; or the start of one with a block. */
  atRule: (scope: Scope, hasBlock: boolean) => void;
  warning: (message: string) => void;
}

/** Real style sheets nest a handful of levels; the readers recurse. */
const maxDepth = 100;

const opening = new Set<number>([t.Function, t.LeftCurlyBracket, t.LeftParenthesis, t.LeftSquareBracket]);
const closing = new Set<number>([t.RightCurlyBracket, t.RightParenthesis, t.RightSquareBracket]);
const blank = new Set<number>([t.WhiteSpace, t.Comment, t.CDO, t.CDC, t.Semicolon]);

interface Tokens {
  types: Uint8Array;
  /** Where each token starts, and after the last one the length of the text. */
  starts: Uint32Array;
}

/** @throws SkillError 422 when brackets are nested deeper than 100 levels */
export function tokensOf(css: string): Tokens {
  // As many as there can be, one for each character: lists that grow took 100 MB for 4 MB of semicolons.
  const types = new Uint8Array(css.length);
  const starts = new Uint32Array(css.length + 1);
  let count = 0;
  let depth = 0;
  tokenize(css, (type, start) => {
    types[count] = type;
    starts[count++] = start;
    if (opening.has(type)) depth += 1;
    else if (closing.has(type)) depth = Math.max(0, depth - 1);
    if (depth <= maxDepth) return;
    throw new SkillError(422, 'nested_too_deep', `Brackets are nested deeper than ${maxDepth} levels.`);
  });
  starts[count] = css.length;
  return { types: types.subarray(0, count), starts: starts.subarray(0, count + 1) };
}

/**
 * Reads a style sheet as CSS Syntax 3 (5.4) says, with nested rules and at-rules of any name: Tailwind's too. What is broken
 * is left out with a warning, as browsers do.
 * @throws SkillError 422 when brackets are nested deeper than 100 levels
 */
export function readSyntax(css: string, outer: Scope | undefined, events: Events): void {
  new Reader(css, events).readBlock(outer, true);
}

class Reader {
  readonly #types: Uint8Array;
  readonly #starts: Uint32Array;
  #at = 0;

  constructor(
    readonly css: string,
    readonly events: Events,
  ) {
    const { types, starts } = tokensOf(css);
    this.#types = types;
    this.#starts = starts;
  }

  readBlock(scope: Scope | undefined, isWhole: boolean): void {
    while (this.#at < this.#types.length) {
      const type = this.#types[this.#at] ?? t.EOF;
      if (type === t.RightCurlyBracket) {
        this.#at += 1;
        if (!isWhole) return;
        this.#warn(this.#at - 1, 'unexpected "}"');
      } else if (blank.has(type)) this.#at += 1;
      else if (type === t.AtKeyword) this.#readAtRule(scope);
      else if (!scope || !this.#readDeclaration(scope)) this.#readRule(scope);
    }
  }

  #readAtRule(parent: Scope | undefined): void {
    const name = this.#slice(this.#at, this.#at + 1).slice(1);
    const from = this.#at + 1;
    this.#at = this.#end(from, true);
    const scope = { parent, atRule: name.toLowerCase(), prelude: this.#text(from, this.#at) };
    const hasBlock = this.#types[this.#at] === t.LeftCurlyBracket;
    this.events.atRule(scope, hasBlock);
    if (!hasBlock) return;
    this.#at += 1;
    this.readBlock(scope, false);
  }

  #readRule(parent: Scope | undefined): void {
    const from = this.#at;
    this.#at = this.#end(from, parent !== undefined);
    if (this.#types[this.#at] === t.LeftCurlyBracket) {
      const prelude = this.#text(from, this.#at);
      this.#at += 1;
      this.readBlock({ parent, atRule: undefined, prelude }, false);
    } else {
      this.#warn(from, `"${this.#text(from, this.#at).slice(0, 40)}" is neither a declaration nor a rule`);
      // One token at least: at the top of a sheet, the end can be a bracket that closes nothing.
      if (this.#at === from) this.#at += 1;
    }
  }

  /** @returns false for what is not a declaration: then nothing was read */
  #readDeclaration(scope: Scope): boolean {
    const start = this.#at;
    const colon = this.#colonAfterName(start);
    if (colon === undefined) return false;
    const property = this.#text(start, colon);
    const isCustom = property.startsWith('--');
    const end = this.#end(colon + 1, true, isCustom);
    if (this.#types[end] === t.LeftCurlyBracket) return false;
    this.#at = end;
    const { text, important } = splitImportant(this.#text(colon + 1, end));
    if (this.#isBroken(colon + 1, end) || (text === '' && !isCustom)) {
      this.#warn(start, `the value of ${property.slice(0, 40)} is not valid`);
    } else this.events.declaration({ property, text, important, scope });
    return true;
  }

  /** Tailwind's `--color-*` is a name too. */
  #colonAfterName(start: number): number | undefined {
    if (this.#types[start] !== t.Ident) return undefined;
    let at = start + 1;
    if (this.#types[at] === t.Delim && this.css[this.#starts[at] ?? 0] === '*') at += 1;
    while (this.#types[at] === t.WhiteSpace || this.#types[at] === t.Comment) at += 1;
    return this.#types[at] === t.Colon ? at : undefined;
  }

  /** Where a value or prelude ends: before a bracket that opens or closes a block, or before `;` where that ends it. */
  #end(from: number, endsAtSemicolon: boolean, holdsBlocks = false): number {
    let depth = 0;
    let at = from;
    for (; at < this.#types.length; at++) {
      const type = this.#types[at] ?? t.EOF;
      if (depth === 0 && type === t.Semicolon && endsAtSemicolon) return at;
      if (depth === 0 && type === t.LeftCurlyBracket && !holdsBlocks) return at;
      if (opening.has(type)) depth += 1;
      else if (closing.has(type)) {
        if (depth === 0 && type === t.RightCurlyBracket) return at;
        depth = Math.max(0, depth - 1);
      }
    }
    return at;
  }

  #isBroken(from: number, to: number): boolean {
    let depth = 0;
    for (let at = from; at < to; at++) {
      const type = this.#types[at] ?? t.EOF;
      if (type === t.BadString || type === t.BadUrl) return true;
      if (opening.has(type)) depth += 1;
      else if (closing.has(type) && --depth < 0) return true;
    }
    return false;
  }

  #slice(from: number, to: number): string {
    return this.css.slice(this.#starts[from], this.#starts[to]);
  }

  #text(from: number, to: number): string {
    const text = this.#slice(from, to);
    if (!text.includes('/*')) return text.trim();
    const parts: string[] = [];
    for (let at = from; at < to; at++)
      if (this.#types[at] !== t.Comment) parts.push(this.#slice(at, at + 1));
      // Two words with a comment between them stay two.
      else parts.push(' ');
    return parts.join('').trim();
  }

  #warn(at: number, message: string): void {
    this.events.warning(`${place(this.css, this.#starts[at] ?? 0)}: ${message}`);
  }
}

function splitImportant(text: string): { text: string; important: boolean } {
  const at = text.lastIndexOf('!');
  const important = at >= 0 && /^!\s*important$/i.test(text.slice(at));
  return important ? { text: text.slice(0, at).trim(), important } : { text, important };
}

function place(css: string, offset: number): string {
  const before = css.slice(0, offset);
  const line = before.split('\n').length;
  return `line ${line}, column ${offset - before.lastIndexOf('\n')}`;
}
