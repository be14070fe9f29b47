import type { CssNode } from 'css-tree';
import generate from 'css-tree/generator';
import { parseShadow } from './composite.js';
import type { CssDeclaration, StyleSheet } from './css.js';
import { customPropertyTokens, type Mode } from './custom-properties.js';
import { plainName } from './name.js';
import type { Skipped } from './schema.js';
import { type Category, refuseTooMany, type Token, type TokenValue } from './token.js';
import {
  parseBreakpoint,
  parseColorNode,
  parseDimension,
  parseFontFamily,
  parseFontWeight,
  parseLineHeight,
  parseReference,
} from './value.js';
import { parseValue } from './value-nodes.js';

export interface Extraction {
  /** By custom property, for aliases to find their target. */
  named: Map<string, Token>;
  tokens: Token[];
  modes: Mode[];
  skipped: Skipped[];
  warnings: string[];
}

/**
 * Takes the tokens out of a style sheet: first its custom properties, which have names, then the literal values of
 * other declarations that no custom property stands for.
 * @throws SkillError 422 when there are more than 8,000
 */
export function extractTokens(sheet: StyleSheet): Extraction {
  const { named, modes, skipped, warnings } = customPropertyTokens(sheet);
  const tokens = new TokenSet([...named.values()]);
  for (const token of literalTokens(sheet.declarations)) tokens.add(token);
  for (const node of sheet.breakpoints)
    dimensionToken('breakpoint', node, parseBreakpoint(node)).forEach((token) => tokens.add(token));
  return { named, tokens: tokens.list, modes, skipped, warnings: [...sheet.warnings, ...warnings] };
}

/** Tokens without two of the same value in a group. */
class TokenSet {
  readonly list: Token[] = [];
  readonly #values = new Set<string>();
  readonly #names = new Set<string>();

  constructor(tokens: Token[]) {
    for (const token of tokens) this.#push(token);
  }

  add(token: Token): void {
    if (this.#values.has(valueKey(token))) return;
    let name = token.name;
    for (let n = 2; this.#names.has(`${token.category}.${name}`); n++) name = `${token.name}-${n}`;
    this.#push({ ...token, name });
  }

  #push(token: Token): void {
    this.list.push(token);
    refuseTooMany(this.list.length);
    this.#values.add(valueKey(token));
    this.#names.add(`${token.category}.${token.name}`);
  }
}

function valueKey({ category, value }: Token): string {
  return `${category} ${JSON.stringify(value)}`;
}

type Reader = (value: CssNode[]) => Token[];

/** Which properties hold which kind of token. */
const readers: [RegExp, Reader][] = [
  [/^border(?:-\w+){0,2}-radius$/, (value) => value.flatMap((node) => dimensionToken('radius', node))],
  [/^(?:margin|padding)(?:-|$)|gap$/, (value) => value.flatMap((node) => dimensionToken('spacing', node))],
  [/^font-size$/, (value) => value.flatMap((node) => dimensionToken('font-size', node))],
  [/^line-height$/, ([node]) => token('line-height', node, 'number', parseLineHeight(node))],
  [/^font-weight$/, ([node]) => token('font-weight', node, 'fontWeight', parseFontWeight(node))],
  [/^font-family$/, fontFamilyToken],
  [/^box-shadow$/, shadowToken],
  [/^(?:color|background|fill|stroke|border|outline)(?:-|$)|-color$/, colorTokens],
];

/** A large style sheet says the same thousands of times: each value is read once. */
function* literalTokens(declarations: CssDeclaration[]): Generator<Token> {
  const readerOf = new Map<string, Reader | undefined>();
  const seen = new Set<string>();
  for (const { property, text } of declarations) {
    if (property.startsWith('--')) continue;
    if (!readerOf.has(property)) readerOf.set(property, readers.find(([known]) => known.test(property))?.[1]);
    const read = readerOf.get(property);
    const key = `${property}:${text}`;
    if (!read || seen.has(key)) continue;
    seen.add(key);
    yield* read(parseValue(text) ?? []);
  }
}

/** A margin of 0 or below is a correction, not a step of a scale. */
function dimensionToken(category: Category, node: CssNode, value = parseDimension(node)): Token[] {
  return value && value.value > 0 ? token(category, node, 'dimension', value) : [];
}

function colorTokens(value: CssNode[]): Token[] {
  return value.flatMap((node) => {
    const color = parseColorNode(node);
    if (!color || color.alpha === 0) return [];
    const alpha = color.alpha === undefined ? '' : `-${Math.round(color.alpha * 100)}`;
    return [{ category: 'color', name: `${color.hex.slice(1)}${alpha}`, type: 'color', value: color }];
  });
}

/** Only the head of the list names the token; generic families alone are not a design decision. */
function fontFamilyToken(value: CssNode[]): Token[] {
  const families = parseFontFamily(value);
  if (!families || ['inherit', 'initial', 'unset', 'revert'].includes(families[0] ?? '')) return [];
  return [
    {
      category: 'font-family',
      name: plainName(families[0] ?? '').toLowerCase(),
      type: 'fontFamily',
      value: families,
    },
  ];
}

function shadowToken(value: CssNode[]): Token[] {
  const shadow = value.some((node) => parseReference(node)) ? undefined : parseShadow(value);
  if (!shadow) return [];
  const name = plainName(
    value
      .filter(({ type }) => type === 'Dimension' || type === 'Number')
      .map(textOf)
      .join('-'),
  );
  return [{ category: 'shadow', name, type: 'shadow', value: shadow }];
}

function textOf(node: CssNode): string {
  return generate(node);
}

function token<T extends TokenValue['type']>(
  category: Category,
  node: CssNode | undefined,
  type: T,
  value: (TokenValue & { type: T })['value'] | undefined,
): Token[] {
  if (!node || value === undefined) return [];
  return [{ category, name: plainName(generate(node)), type, value }];
}
