import type { CssNode } from 'css-tree';
import generate from 'css-tree/generator';
import { parseColor } from './color.js';
import {
  type ColorValue,
  type DimensionValue,
  type DurationValue,
  type EasingValue,
  type Reference,
  type StrokeStyle,
  strokeStyles,
} from './token.js';
import { childrenOf, splitByComma } from './value-nodes.js';

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
  if (!Number.isFinite(value)) return undefined;
  if (unit === 'px' || unit === 'rem') return { value, unit };
  const factor = own(inPx, unit);
  return factor === undefined ? undefined : { value: round(value * factor), unit: 'px' };
}

/** In a media query an em is the initial font size, as a rem is (Media Queries 4, 1.3). */
export function parseBreakpoint(node: CssNode): DimensionValue | undefined {
  const isEm = node.type === 'Dimension' && node.unit.toLowerCase() === 'em';
  return parseDimension(isEm ? { ...node, unit: 'rem' } : node);
}

export function parseNumber(node: CssNode | undefined): number | undefined {
  const value = node?.type === 'Number' ? Number(node.value) : undefined;
  return Number.isFinite(value) ? value : undefined;
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

const genericFamily =
  /^(?:serif|sans-serif|monospace|cursive|fantasy|system-ui|math|emoji|ui-(?:serif|sans-serif|monospace|rounded)|-apple-system)$/i;
const otherFontProperty =
  /style|variant|feature|variation|smooth|stretch|width|weight|size|kerning|display|synthesis|height|spacing/;

/** Whether a value is a list of families, by the name of its property or the generic family in it. */
export function isFamilyList(name: string, nodes: CssNode[]): boolean {
  if (nodes.some((node) => node.type === 'Identifier' && genericFamily.test(node.name))) return true;
  if (!name.includes('font') && !name.includes('family')) return false;
  return (
    name.includes('family') || nodes.some(({ type }) => type === 'String') || !otherFontProperty.test(name)
  );
}

/** `normal` is 400 and `bold` 700 (CSS Fonts 4, 2.4). */
export function parseFontWeight(node: CssNode | undefined): number | undefined {
  if (node?.type === 'Identifier') return own({ normal: 400, bold: 700 }, node.name.toLowerCase());
  const weight = parseNumber(node);
  return weight !== undefined && weight >= 1 && weight <= 1000 ? weight : undefined;
}

/** `200ms` and `0.2s`; the format has no other units. */
export function parseDuration(node: CssNode | undefined): DurationValue | undefined {
  if (node?.type !== 'Dimension') return undefined;
  const [value, unit] = [Number(node.value), node.unit.toLowerCase()];
  return Number.isFinite(value) && (unit === 'ms' || unit === 's') ? { value, unit } : undefined;
}

/** The curves that have a name (CSS Easing 2, 2.2). */
const easings: Record<string, EasingValue> = {
  linear: [0, 0, 1, 1],
  ease: [0.25, 0.1, 0.25, 1],
  'ease-in': [0.42, 0, 1, 1],
  'ease-out': [0, 0, 0.58, 1],
  'ease-in-out': [0.42, 0, 0.58, 1],
};

/** Reads `cubic-bezier()` and the curves with a name. */
export function parseEasing(node: CssNode | undefined): EasingValue | undefined {
  if (node?.type === 'Identifier') return own(easings, node.name.toLowerCase());
  if (node?.type !== 'Function' || node.name.toLowerCase() !== 'cubic-bezier') return undefined;
  const [x1, y1, x2, y2, more] = splitByComma(childrenOf(node)).map((part) =>
    part.length === 1 ? parseNumber(part[0]) : undefined,
  );
  if (x1 === undefined || y1 === undefined || x2 === undefined || y2 === undefined || more !== undefined)
    return undefined;
  // Time does not run backwards.
  const isCurve = [x1, x2].every((x) => x >= 0 && x <= 1);
  return isCurve ? [x1, y1, x2, y2] : undefined;
}

export function parseStrokeStyle(node: CssNode | undefined): StrokeStyle | undefined {
  const name = node?.type === 'Identifier' ? node.name.toLowerCase() : undefined;
  return strokeStyles.find((style) => style === name);
}

/** Not what every object inherits, such as `constructor`. */
function own<Value>(record: Record<string, Value>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
