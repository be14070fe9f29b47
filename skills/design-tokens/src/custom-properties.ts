import type { CssDeclaration } from './css.js';
import { categoryOfLength, plainName, tokenName } from './name.js';
import type { Skipped } from './schema.js';
import {
  type Category,
  isReference,
  type Reference,
  refuseTooMany,
  type Token,
  type TokenValue,
} from './token.js';
import {
  parseBreakpoint,
  parseColorNode,
  parseDimension,
  parseFontFamily,
  parseFontWeight,
  parseLineHeight,
  parseNumber,
  parseReference,
  parseShadow,
} from './value.js';

export interface NamedTokens {
  named: Map<string, Token>;
  skipped: Skipped[];
}

/** Turns custom properties into tokens; `var(--other)` becomes an alias, whatever the order of the declarations. */
export function customPropertyTokens(declarations: CssDeclaration[]): NamedTokens {
  const skipped: Skipped[] = [];
  const skip = ({ property, text }: CssDeclaration, reason: string) => {
    skipped.push({ name: property, value: text.slice(0, 200), reason });
  };
  const defined = definitions(declarations, skip);
  // Before aliases are followed: that takes the square of their number at worst.
  refuseTooMany(defined.size);
  const named = new Map<string, Token>();
  const names = new Set<string>();
  for (const [property, declaration] of defined) {
    const found = classify(declaration, defined);
    if (typeof found === 'string') {
      skip(declaration, found);
      continue;
    }
    const name = freeName(property, found.category, names);
    named.set(property, { ...found, name });
  }
  return { named, skipped };
}

/** Keeps one declaration per property: that for everyone, else the first. Themes override it under a class or a media query. */
function definitions(
  declarations: CssDeclaration[],
  skip: (declaration: CssDeclaration, reason: string) => void,
): Map<string, CssDeclaration> {
  const custom = declarations.filter(({ property }) => property.startsWith('--'));
  const defined = new Map<string, CssDeclaration>();
  for (const declaration of [
    ...custom.filter(({ global }) => global),
    ...custom.filter(({ global }) => !global),
  ]) {
    const first = defined.get(declaration.property);
    if (!first) defined.set(declaration.property, declaration);
    else if (first.text !== declaration.text)
      skip(declaration, `defined before as ${first.text.slice(0, 100)}`);
  }
  return defined;
}

type Classified = Omit<Token, 'name'>;

/** A token without its name, or the reason why the declaration is not a token. */
function classify(declaration: CssDeclaration, defined: Map<string, CssDeclaration>): Classified | string {
  const literal = followAliases(declaration, defined);
  if (typeof literal === 'string') return literal;
  const found = classifyLiteral(literal);
  if (typeof found === 'string') return found;
  const broken = shadowColors(found).find((color) => !isColor(color, defined));
  if (broken) return `refers to ${broken.property}, which is not a colour defined here`;
  const alias = referenceOf(declaration);
  return alias ? { ...found, value: alias } : found;
}

/** The colours that the layers of a shadow take from other custom properties. */
function shadowColors({ value }: Classified): Reference[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((layer) =>
    typeof layer === 'object' && isReference(layer.color) ? [layer.color] : [],
  );
}

function isColor({ property }: Reference, defined: Map<string, CssDeclaration>): boolean {
  const target = defined.get(property);
  const found = target && followAliases(target, defined);
  return (
    typeof found === 'object' && parseColorNode(found.value[0]) !== undefined && found.value.length === 1
  );
}

/** More than people follow; writing takes the square of it. */
const maxAliases = 32;

function followAliases(start: CssDeclaration, defined: Map<string, CssDeclaration>): CssDeclaration | string {
  const seen = new Set<string>();
  let current = start;
  for (;;) {
    const reference = referenceOf(current);
    if (!reference) return current;
    if (seen.has(current.property)) return 'refers to itself';
    seen.add(current.property);
    if (seen.size > maxAliases) return `refers through more than ${maxAliases} others`;
    const target = defined.get(reference.property);
    if (!target) return `refers to ${reference.property}, which is not defined here`;
    current = target;
  }
}

function referenceOf({ value }: CssDeclaration): Reference | undefined {
  return value.length === 1 ? parseReference(value[0]) : undefined;
}

function classifyLiteral(declaration: CssDeclaration): Classified | string {
  const read = readLiteral(declaration);
  return read
    ? { category: read[0], ...read[1] }
    : 'is not a colour, px or rem length, number, font or shadow';
}

function readLiteral({ property, value }: CssDeclaration): [Category, TokenValue] | undefined {
  const only = value.length === 1 ? value[0] : undefined;
  const name = property.toLowerCase();
  const color = parseColorNode(only);
  if (color) return ['color', { type: 'color', value: color }];
  const dimension = name.includes('breakpoint') && only ? parseBreakpoint(only) : parseDimension(only);
  if (dimension) return [categoryOfLength(name), { type: 'dimension', value: dimension }];
  const weight = name.includes('weight') ? parseFontWeight(only) : undefined;
  if (weight !== undefined) return ['font-weight', { type: 'fontWeight', value: weight }];
  const isLineHeight = /line-height|leading/.test(name);
  const number = isLineHeight ? parseLineHeight(only) : parseNumber(only);
  if (number !== undefined)
    return [isLineHeight ? 'line-height' : 'number', { type: 'number', value: number }];
  const shadow = parseShadow(value);
  if (shadow) return ['shadow', { type: 'shadow', value: shadow }];
  const family = name.includes('font') ? parseFontFamily(value) : undefined;
  return family && ['font-family', { type: 'fontFamily', value: family }];
}

/** `--brand` and `--color-brand` would both be color.brand: the later one keeps its whole name. */
function freeName(property: string, category: Category, taken: Set<string>): string {
  const wanted = [tokenName(property, category), plainName(property)];
  let name = wanted.find((candidate) => candidate !== '' && !taken.has(`${category}.${candidate}`));
  for (let n = 2; name === undefined; n++) {
    const candidate = `${wanted[0]}-${n}`;
    if (!taken.has(`${category}.${candidate}`)) name = candidate;
  }
  taken.add(`${category}.${name}`);
  return name;
}
