import type { CssNode } from 'css-tree';
import generate from 'css-tree/generator';
import { parseColor } from './color.js';
import { type ColorValue, type DimensionValue, type Reference, type ShadowValue } from './token.js';

/** The absolute lengths of CSS in px (CSS Values and Units 4, 6.2). */
const inPx: Record<string, number> = {
  in: 96,
  cm: 96 / 2.54,
  mm: 9.6 / 2.54,
  q: 2.4 / 2.54,
  pt: 4 / 3,
  pc: 16,
};

/** Reads a length in one of the two units that the DTCG format has: absolute ones become px, and so does a bare 0. */
export function parseDimension(node: CssNode | undefined): DimensionValue | undefined {
  if (node?.type === 'Number' && Number(node.value) === 0) return { value: 0, unit: 'px' };
  if (node?.type !== 'Dimension') return undefined;
  const [value, unit] = [Number(node.value), node.unit.toLowerCase()];
  if (unit === 'px' || unit === 'rem') return { value, unit };
  const factor = inPx[unit];
  return factor === undefined ? undefined : { value: round(value * factor), unit: 'px' };
}

/** In a media query an em is the initial font size, as a rem is (Media Queries 4, 1.3). */
export function parseBreakpoint(node: CssNode): DimensionValue | undefined {
  const isEm = node.type === 'Dimension' && node.unit.toLowerCase() === 'em';
  return parseDimension(isEm ? { ...node, unit: 'rem' } : node);
}

export function parseNumber(node: CssNode | undefined): number | undefined {
  return node?.type === 'Number' ? Number(node.value) : undefined;
}

/** Reads a line height without unit; `150%` is 1.5. */
export function parseLineHeight(node: CssNode | undefined): number | undefined {
  return node?.type === 'Percentage' ? round(Number(node.value) / 100) : parseNumber(node);
}

/** Reads a value that is one whole colour. */
export function parseColorNode(node: CssNode | undefined): ColorValue | undefined {
  if (node?.type !== 'Hash' && node?.type !== 'Function' && node?.type !== 'Identifier') return undefined;
  return parseColor(generate(node));
}

/** `var(--x)` and `var(--x, fallback)` refer to `--x`. */
export function parseReference(node: CssNode | undefined): Reference | undefined {
  if (node?.type !== 'Function' || node.name.toLowerCase() !== 'var') return undefined;
  const first = node.children.first;
  return first?.type === 'Identifier' ? { property: first.name } : undefined;
}

/** Reads a list of font families; words without quotes join to one name. */
export function parseFontFamily(nodes: CssNode[]): string[] | undefined {
  const names = splitByComma(nodes).map((part) => {
    if (part.length === 1 && part[0]?.type === 'String') return part[0].value;
    const words = part.map((node) => (node.type === 'Identifier' ? node.name : undefined));
    return words.includes(undefined) ? '' : words.join(' ');
  });
  return names.length > 0 && names.every((name) => name !== '') ? names : undefined;
}

/** `normal` is 400 and `bold` 700 (CSS Fonts 4, 2.4). */
export function parseFontWeight(node: CssNode | undefined): number | undefined {
  if (node?.type === 'Identifier') return { normal: 400, bold: 700 }[node.name.toLowerCase()];
  const weight = parseNumber(node);
  return weight !== undefined && weight >= 1 && weight <= 1000 ? weight : undefined;
}

/** Reads `box-shadow`: every layer needs two offsets and a colour, else it is not a token. */
export function parseShadow(nodes: CssNode[]): ShadowValue[] | undefined {
  const layers = splitByComma(nodes).map(parseShadowLayer);
  return layers.length > 0 && layers.every((layer) => layer !== undefined) ? layers : undefined;
}

function parseShadowLayer(nodes: CssNode[]): ShadowValue | undefined {
  const inset = nodes.filter(isInset);
  const lengths = nodes.map(parseDimension).filter((length) => length !== undefined);
  const colors = nodes
    .filter((node) => !isInset(node))
    .map((node) => parseReference(node) ?? parseColorNode(node))
    .filter((color) => color !== undefined);
  const [offsetX, offsetY, blur = none, spread = none] = lengths;
  const [color] = colors;
  const isWhole = inset.length + lengths.length + colors.length === nodes.length;
  if (
    !isWhole ||
    !offsetX ||
    !offsetY ||
    !color ||
    colors.length > 1 ||
    lengths.length > 4 ||
    inset.length > 1
  )
    return undefined;
  return { color, offsetX, offsetY, blur, spread, ...(inset.length === 1 && { inset: true as const }) };
}

const none: DimensionValue = { value: 0, unit: 'px' };

function isInset(node: CssNode): boolean {
  return node.type === 'Identifier' && node.name.toLowerCase() === 'inset';
}

function splitByComma(nodes: CssNode[]): CssNode[][] {
  const parts: CssNode[][] = [[]];
  for (const node of nodes) {
    if (node.type === 'Operator' && node.value === ',') parts.push([]);
    else parts.at(-1)?.push(node);
  }
  return parts;
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
