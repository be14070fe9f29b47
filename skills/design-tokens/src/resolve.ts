import { tokenize, tokenTypes as t } from 'css-tree/tokenizer';
import type { CssDeclaration } from './css.js';

/** A value with everything put in that it refers to, or the reason why it has none. */
export type Resolved = { text: string; depth: number; usesScheme: boolean } | { reason: string };

/** The declaration that counts for a custom property. */
export interface Defined {
  get: (property: string) => CssDeclaration | undefined;
}

export type Scheme = 'light' | 'dark';

/** More than people follow. */
const maxAliases = 32;

/** A value can double with each reference: a few dozen would fill the memory. */
const maxLength = 4_000;

const wide = /^(?:initial|inherit|unset|revert|revert-layer)$/i;
const functions = /(?:var|theme|light-dark)\(/i;

/** Puts in what `var()` refers to, Tailwind's `--theme()` as well, and chooses within `light-dark()`. */
export class Resolver {
  /** Every property after those that it refers to. */
  readonly order: string[];
  readonly #resolved = new Map<string, Resolved>();

  /** @param wanted the properties to resolve, with all that they refer to */
  constructor(
    readonly defined: Defined,
    wanted: Iterable<string>,
    readonly scheme: Scheme = 'light',
  ) {
    const { order, circular } = inOrderOfUse(defined, wanted);
    this.order = order;
    for (const property of order) {
      const text = defined.get(property)?.text ?? '';
      this.#resolved.set(
        property,
        circular.has(property) ? { reason: 'refers to itself' } : this.#resolve(text),
      );
    }
  }

  resolve(property: string): Resolved {
    return this.#resolved.get(property) ?? { reason: 'is not defined here' };
  }

  /** The value of a property in which references to tokens stay. @param keep whether a property is such a token */
  withReferences(property: string, keep: (property: string) => boolean): string | undefined {
    const resolved = this.#resolve(this.defined.get(property)?.text ?? '', keep);
    return 'text' in resolved ? resolved.text : undefined;
  }

  #resolve(text: string, keep?: (property: string) => boolean): Resolved {
    if (wide.test(text)) return { reason: `is ${text.toLowerCase()}: it has no value of its own` };
    if (!functions.test(text)) return { text, depth: 0, usesScheme: false };
    try {
      const expansion = new Expansion(text, this, keep);
      return { text: expansion.run(), depth: expansion.depth, usesScheme: expansion.usesScheme };
    } catch (error) {
      if (error instanceof Unresolvable) return { reason: error.message };
      throw error;
    }
  }
}

class Unresolvable extends Error {}

/** One walk over the tokens of a value. */
class Expansion {
  depth = 0;
  usesScheme = false;
  readonly #types: number[] = [];
  readonly #starts: number[] = [];

  constructor(
    readonly text: string,
    readonly resolver: Resolver,
    readonly keep: ((property: string) => boolean) | undefined,
  ) {
    tokenize(text, (type, start) => {
      this.#types.push(type);
      this.#starts.push(start);
    });
    this.#starts.push(text.length);
  }

  /** @throws Unresolvable */
  run(): string {
    return this.#expand(0, this.#types.length, true);
  }

  #expand(from: number, to: number, isOutermost: boolean): string {
    let out = '';
    for (let at = from; at < to; at++) {
      const type = this.#types[at];
      if (type !== t.Function && type !== t.LeftParenthesis) {
        out += this.#slice(at, at + 1);
        continue;
      }
      const end = this.#endOfBrackets(at, to);
      out += this.#call(at, end, isOutermost);
      at = end;
      if (out.length > maxLength)
        throw new Unresolvable(`is longer than ${maxLength} characters with its references`);
    }
    return out;
  }

  /** @param end the closing bracket, or the end of the text */
  #call(at: number, end: number, isOutermost: boolean): string {
    const name = this.#slice(at, at + 1).toLowerCase();
    if (name === 'light-dark(') return this.#choose(at + 1, end, isOutermost);
    if (name !== 'var(' && name !== 'theme(' && name !== '--theme(') {
      // The colours of a gradient can be aliases; those within another function become part of its value.
      const isGradient = isOutermost && name.endsWith('-gradient(');
      return `${this.#slice(at, at + 1)}${this.#expand(at + 1, end, isGradient)})`;
    }
    const comma = this.#comma(at + 1, end);
    const property = this.#slice(at + 1, comma ?? end).trim();
    if (isOutermost && this.keep?.(property)) return ` var(${property}) `;
    const target = this.resolver.resolve(property);
    if ('text' in target && target.depth < maxAliases) {
      this.depth = Math.max(this.depth, target.depth + 1);
      this.usesScheme ||= target.usesScheme;
      return ` ${target.text} `;
    }
    if (comma !== undefined) return ` ${this.#expand(comma + 1, end, isOutermost)} `;
    throw new Unresolvable(reasonFor(property, target));
  }

  #choose(from: number, end: number, isOutermost: boolean): string {
    this.usesScheme = true;
    const comma = this.#comma(from, end);
    if (comma === undefined) throw new Unresolvable('has a light-dark() without two values');
    const isDark = this.resolver.scheme === 'dark';
    return ` ${this.#expand(isDark ? comma + 1 : from, isDark ? end : comma, isOutermost)} `;
  }

  #comma(from: number, end: number): number | undefined {
    for (let at = from; at < end; at++) {
      const type = this.#types[at];
      if (type === t.Comma) return at;
      if (type === t.Function || type === t.LeftParenthesis) at = this.#endOfBrackets(at, end);
    }
    return undefined;
  }

  #endOfBrackets(at: number, to: number): number {
    let depth = 1;
    for (let i = at + 1; i < to; i++) {
      const type = this.#types[i];
      if (type === t.Function || type === t.LeftParenthesis) depth += 1;
      else if (type === t.RightParenthesis && --depth === 0) return i;
    }
    return to;
  }

  #slice(from: number, to: number): string {
    return this.text.slice(this.#starts[from], this.#starts[to]);
  }
}

function reasonFor(property: string, target: Resolved): string {
  if ('text' in target) return `refers through more than ${maxAliases} others`;
  return /^refers (?:to --|through)/.test(target.reason)
    ? target.reason
    : `refers to ${property.slice(0, 100)}, which ${target.reason}`;
}

interface Visit {
  property: string;
  uses: string[];
  /** The first property on the path that this one leads back to. */
  low: number;
}

/** Depth first with a stack of its own: a chain can be longer than the stack of the machine. */
function inOrderOfUse(defined: Defined, wanted: Iterable<string>) {
  const order: string[] = [];
  const circular = new Set<string>();
  const path: Visit[] = [];
  /** Where a property is on the path; -1 when it is done. */
  const places = new Map<string, number>();
  const enter = (property: string) => {
    places.set(property, path.length);
    path.push({ property, uses: usesOf(defined.get(property)?.text ?? ''), low: Infinity });
  };
  const leave = ({ property, low }: Visit) => {
    path.pop();
    places.set(property, -1);
    order.push(property);
    if (low <= path.length) circular.add(property);
    const outer = path.at(-1);
    if (outer && low < path.length) outer.low = Math.min(outer.low, low);
  };
  for (const start of wanted) {
    if (!places.has(start)) enter(start);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const next = top.uses.pop();
      const place = next === undefined ? undefined : places.get(next);
      if (next === undefined) leave(top);
      else if (place === undefined) {
        if (defined.get(next)) enter(next);
      } else if (place >= 0) top.low = Math.min(top.low, place);
    }
  }
  return { order, circular };
}

/** The properties that a value refers to. */
export function usesOf(text: string): string[] {
  if (!functions.test(text)) return [];
  return [...text.matchAll(/(?:var|theme)\(\s*(--[^\s,()]+)/gi)]
    .map(([, property = '']) => property)
    .reverse();
}
