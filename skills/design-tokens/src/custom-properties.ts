import { cascade, type ModeProperties } from './cascade.js';
import { type Classified, classify } from './classify.js';
import type { CssDeclaration, StyleSheet } from './css.js';
import { freeName, type TakenNames } from './name.js';
import { type Defined, Resolver, usesOf } from './resolve.js';
import type { Skipped } from './schema.js';
import { isReference, refuseTooMany, type Token } from './token.js';

export interface NamedTokens {
  named: Map<string, Token>;
  modes: Mode[];
  skipped: Skipped[];
  warnings: string[];
}

/** The tokens that have other values in a theme, for a setting of the reader or in a window of some size. */
export interface Mode {
  name: string;
  condition: string;
  tokens: Map<string, Token>;
}

/** Turns custom properties into tokens; `var(--other)` becomes an alias, whatever the order of the declarations. */
export function customPropertyTokens(sheet: StyleSheet): NamedTokens {
  const { base, modes, skipped } = cascade(sheet);
  refuseTooMany(base.size);
  const reader = new PropertyReader(base, skipped);
  const named = reader.readBase();
  return { named, modes: reader.readModes(modes), skipped, warnings: reader.warnings };
}

/** Far more than the themes of a design system have; each is resolved on its own. */
const maxInModes = 20_000;

class PropertyReader {
  readonly warnings: string[] = [];
  readonly #named = new Map<string, Token>();
  readonly #names: TakenNames = new Set();
  readonly #resolver: Resolver;
  readonly #usedBy = new Map<string, string[]>();
  #inModes = 0;

  constructor(
    readonly base: Map<string, CssDeclaration>,
    readonly skipped: Skipped[],
  ) {
    this.#resolver = new Resolver(base, base.keys());
    for (const [property, { text }] of base) {
      for (const used of usesOf(text)) {
        const users = this.#usedBy.get(used);
        if (users) users.push(property);
        else this.#usedBy.set(used, [property]);
      }
    }
  }

  readBase(): Map<string, Token> {
    const found = this.#classifyAll(this.#resolver, new Set(this.base.keys()));
    for (const [property, declaration] of this.base) {
      const classified = found.get(property);
      if (typeof classified === 'object') this.#named.set(property, this.#nameOf(property, classified));
      else this.#skip(declaration, classified ?? 'is not defined');
    }
    return this.#named;
  }

  readModes(modes: ModeProperties[]): Mode[] {
    const read = modes.map(({ name, condition, values }) => this.#readMode(name, condition, values));
    const dark = this.#readDark();
    const all = [...read, ...(dark.tokens.size > 0 ? [dark] : [])].filter(({ tokens }) => tokens.size > 0);
    if (this.#inModes > maxInModes)
      this.warnings.push(`values in modes beyond the first ${maxInModes} were skipped`);
    return all;
  }

  #readMode(name: string, condition: string, values: Map<string, CssDeclaration>): Mode {
    const defined = { get: (property: string) => values.get(property) ?? this.base.get(property) };
    const wanted = new Set(values.keys());
    for (const property of this.#dependents(values)) wanted.add(property);
    return {
      name,
      condition,
      tokens: this.#tokensIn(defined, wanted, new Resolver(defined, wanted), condition),
    };
  }

  /** What `light-dark()` is on a page that is dark. */
  #readDark(): Mode {
    const wanted = new Set<string>();
    for (const [property, token] of this.#named) {
      const resolved = this.#resolver.resolve(property);
      if ('usesScheme' in resolved && resolved.usesScheme && !isReference(token.value)) wanted.add(property);
    }
    const resolver = new Resolver(this.base, wanted, 'dark');
    const condition = 'color-scheme: dark';
    return {
      name: 'color-scheme-dark',
      condition,
      tokens: this.#tokensIn(this.base, wanted, resolver, condition),
    };
  }

  #tokensIn(
    defined: Defined,
    wanted: Set<string>,
    resolver: Resolver,
    condition: string,
  ): Map<string, Token> {
    const tokens = new Map<string, Token>();
    this.#inModes += wanted.size;
    if (this.#inModes > maxInModes) return tokens;
    for (const [property, classified] of this.#classifyAll(resolver, wanted)) {
      const declaration = defined.get(property);
      if (typeof classified === 'object') tokens.set(property, this.#sameName(property, classified));
      else if (declaration && this.#named.has(property))
        this.#skip(declaration, `${classified} (in ${condition.slice(0, 100)})`);
    }
    return tokens;
  }

  /** Those whose values are computed from others that a mode changes; an alias follows by itself. */
  #dependents(values: Map<string, CssDeclaration>): string[] {
    const reached = new Set<string>(values.keys());
    for (const property of reached) {
      for (const user of this.#usedBy.get(property) ?? []) reached.add(user);
    }
    return [...reached].filter((property) => {
      const token = this.#named.get(property);
      return !values.has(property) && token !== undefined && !isReference(token.value);
    });
  }

  #classifyAll(resolver: Resolver, wanted: Set<string>): Map<string, Classified | string> {
    const found = new Map<string, Classified | string>();
    const typeOf = (property: string) => {
      const classified = found.get(property) ?? this.#named.get(property);
      return typeof classified === 'object' ? classified.type : undefined;
    };
    for (const property of resolver.order) {
      if (wanted.has(property)) found.set(property, classify(property, resolver, typeOf));
    }
    return found;
  }

  #nameOf(property: string, classified: Classified): Token {
    return { ...classified, name: freeName(property, classified.category, this.#names) };
  }

  /** A token has one place in all modes. */
  #sameName(property: string, classified: Classified): Token {
    const token = this.#named.get(property);
    if (token?.type === classified.type) return { ...classified, category: token.category, name: token.name };
    return this.#nameOf(property, classified);
  }

  #skip({ property, text }: CssDeclaration, reason: string): void {
    this.skipped.push({ name: property, value: text.slice(0, 200), reason });
  }
}
