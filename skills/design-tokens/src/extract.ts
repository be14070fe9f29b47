import type { CssNode } from 'css-tree';
import generate from 'css-tree/generator';
import type { CssDeclaration, StyleSheet } from './css.js';
import { customPropertyTokens } from './custom-properties.js';
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
  parseShadow,
} from './value.js';

export interface Extraction {
  /** By custom property, for aliases to find their target. */
  named: Map<string, Token>;
  tokens: Token[];
  skipped: Skipped[];
}

/**
 * Takes the tokens out of a style sheet: first its custom properties, which have names, then the literal values of
 * other declarations that no custom property stands for.
 * @throws SkillError 422 when there are more than 5,000
 */
export function extractTokens(sheet: StyleSheet): Extraction {
  const { named, skipped } = customPropertyTokens(sheet.declarations);
  const tokens = new TokenSet([...named.values()]);
  for (const declaration of sheet.declarations) {
    if (!declaration.property.startsWith('--'))
      literalTokens(declaration).forEach((token) => tokens.add(token));
  }
  for (const node of sheet.breakpoints)
    dimensionToken('breakpoint', node, parseBreakpoint(node)).forEach((token) => tokens.add(token));
  return { named, tokens: tokens.list, skipped };
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

type Reader = (declaration: CssDeclaration) => Token[];

/** Which properties hold which kind of token. */
const readers: [RegExp, Reader][] = [
  [/^border(?:-\w+){0,2}-radius$/, ({ value }) => value.flatMap((node) => dimensionToken('radius', node))],
  [
    /^(?:margin|padding)(?:-|$)|gap$/,
    ({ value }) => value.flatMap((node) => dimensionToken('spacing', node)),
  ],
  [/^font-size$/, ({ value }) => value.flatMap((node) => dimensionToken('font-size', node))],
  [/^line-height$/, ({ value: [node] }) => token('line-height', node, 'number', parseLineHeight(node))],
  [/^font-weight$/, ({ value: [node] }) => token('font-weight', node, 'fontWeight', parseFontWeight(node))],
  [/^font-family$/, fontFamilyToken],
  [/^box-shadow$/, shadowToken],
  [/^(?:color|background|fill|stroke|border|outline)(?:-|$)|-color$/, colorTokens],
];

function literalTokens(declaration: CssDeclaration): Token[] {
  const reader = readers.find(([properties]) => properties.test(declaration.property))?.[1];
  return reader?.(declaration) ?? [];
}

/** A margin of 0 or below is a correction, not a step of a scale. */
function dimensionToken(category: Category, node: CssNode, value = parseDimension(node)): Token[] {
  return value && value.value > 0 ? token(category, node, 'dimension', value) : [];
}

function colorTokens({ value }: CssDeclaration): Token[] {
  return value.flatMap((node) => {
    const color = parseColorNode(node);
    if (!color || color.alpha === 0) return [];
    const alpha = color.alpha === undefined ? '' : `-${Math.round(color.alpha * 100)}`;
    return [{ category: 'color', name: `${color.hex.slice(1)}${alpha}`, type: 'color', value: color }];
  });
}

/** Only the head of the list names the token; generic families alone are not a design decision. */
function fontFamilyToken({ value }: CssDeclaration): Token[] {
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

function shadowToken({ value }: CssDeclaration): Token[] {
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
