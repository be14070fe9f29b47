import type { CssNode } from 'css-tree';
import type {
  BorderValue,
  DimensionValue,
  GradientStop,
  Reference,
  ShadowValue,
  TokenType,
  TransitionValue,
  TypographyValue,
} from './token.js';
import {
  isFamilyList,
  parseColorNode,
  parseDimension,
  parseDuration,
  parseEasing,
  parseFontFamily,
  parseFontWeight,
  parseNumber,
  parseReference,
  parseStrokeStyle,
} from './value.js';
import { childrenOf, splitByComma } from './value-nodes.js';

/** The type of the token that a custom property is; undefined where it is none. */
export type TypeOf = (property: string) => TokenType | undefined;

/** A reader of a value, or of what stands for one by `var()`. */
function orReference<Value>(parse: (node: CssNode) => Value | undefined, type: TokenType, typeOf: TypeOf) {
  return (node: CssNode): Value | Reference | undefined => {
    const reference = parseReference(node);
    if (reference) return typeOf(reference.property) === type ? reference : undefined;
    return parse(node);
  };
}

/**
 * Sorts parts by the first reader that knows them.
 * @returns the parts of each reader; undefined when no reader can read one of the parts
 */
function sort<Readers extends Record<string, (node: CssNode) => unknown>>(
  nodes: CssNode[],
  readers: Readers,
): { [Kind in keyof Readers]: NonNullable<ReturnType<Readers[Kind]>>[] } | undefined {
  const sorted: Record<string, unknown[]> = Object.fromEntries(
    Object.keys(readers).map((kind) => [kind, []]),
  );
  for (const node of nodes) {
    const found = Object.entries(readers).find(([kind, read]) => {
      const value = read(node);
      if (value !== undefined) sorted[kind]?.push(value);
      return value !== undefined;
    });
    if (!found) return undefined;
  }
  return sorted as { [Kind in keyof Readers]: NonNullable<ReturnType<Readers[Kind]>>[] };
}

/** More layers or stops than a shadow or gradient has. */
const maxParts = 200;

const zero: DimensionValue = { value: 0, unit: 'px' };

/** Reads `box-shadow`: every layer needs two offsets and a colour, else it is not a token. */
export function parseShadow(nodes: CssNode[], typeOf: TypeOf = () => undefined): ShadowValue[] | undefined {
  const parts = splitByComma(nodes);
  if (parts.length > maxParts) return undefined;
  const layers = parts.map((layer) => parseShadowLayer(layer, typeOf));
  return layers.length > 0 && layers.every((layer) => layer !== undefined) ? layers : undefined;
}

function parseShadowLayer(nodes: CssNode[], typeOf: TypeOf): ShadowValue | undefined {
  const parts = sort(nodes, {
    inset: (node) => (node.type === 'Identifier' && node.name.toLowerCase() === 'inset' ? true : undefined),
    lengths: orReference(parseDimension, 'dimension', typeOf),
    colors: orReference(parseColorNode, 'color', typeOf),
  });
  if (!parts || parts.lengths.length > 4 || parts.colors.length > 1 || parts.inset.length > 1)
    return undefined;
  const [offsetX, offsetY, blur = zero, spread = zero] = parts.lengths;
  const [color] = parts.colors;
  if (!offsetX || !offsetY || !color) return undefined;
  return { color, offsetX, offsetY, blur, spread, ...(parts.inset.length === 1 && { inset: true as const }) };
}

/** Reads `border`: the format wants a width, a style and a colour. */
export function parseBorder(nodes: CssNode[], typeOf: TypeOf): BorderValue | undefined {
  if (nodes.length !== 3) return undefined;
  const parts = sort(nodes, {
    widths: orReference(parseDimension, 'dimension', typeOf),
    styles: orReference(parseStrokeStyle, 'strokeStyle', typeOf),
    colors: orReference(parseColorNode, 'color', typeOf),
  });
  const [width, style, color] = [parts?.widths[0], parts?.styles[0], parts?.colors[0]];
  return width && style && color ? { color, width, style } : undefined;
}

/** Reads one `transition`: a duration with an easing, a delay or the property that it is for. */
export function parseTransition(nodes: CssNode[], typeOf: TypeOf): TransitionValue | undefined {
  if (nodes.length < 2) return undefined;
  const parts = sort(nodes, {
    durations: orReference(parseDuration, 'duration', typeOf),
    easings: orReference(parseEasing, 'cubicBezier', typeOf),
    properties: (node) => (node.type === 'Identifier' ? node.name : undefined),
  });
  if (!parts || parts.durations.length > 2 || parts.easings.length > 1 || parts.properties.length > 1)
    return undefined;
  const [duration, delay = { value: 0, unit: 'ms' as const }] = parts.durations;
  const [timingFunction = [0.25, 0.1, 0.25, 1] as const] = parts.easings;
  return duration && { duration, delay, timingFunction: timingFunction as TransitionValue['timingFunction'] };
}

/** Reads the colours of one gradient, of any shape; the format has no place for its direction. */
export function parseGradient(nodes: CssNode[], typeOf: TypeOf): GradientStop[] | undefined {
  const [node] = nodes;
  if (nodes.length !== 1 || node?.type !== 'Function') return undefined;
  if (!/^(?:repeating-)?(?:linear|radial|conic)-gradient$/i.test(node.name)) return undefined;
  const read = orReference(parseColorNode, 'color', typeOf);
  const parts = splitByComma(childrenOf(node));
  if (parts.length > maxParts) return undefined;
  const hasColor = parts[0]?.some((part) => read(part) !== undefined);
  const stops = (hasColor ? parts : parts.slice(1)).map((part) => parseStop(part, read));
  if (stops.length < 2 || !stops.every((stop) => stop !== undefined)) return undefined;
  return positioned(stops.flat());
}

interface Stop {
  color: GradientStop['color'];
  position: number | undefined;
}

/** `red`, `red 20%`, and `red 20% 40%` for two stops. */
function parseStop(
  nodes: CssNode[],
  read: (node: CssNode) => GradientStop['color'] | undefined,
): Stop[] | undefined {
  const colors = nodes.flatMap((node) => read(node) ?? []);
  const positions = nodes.flatMap((node) => (node.type === 'Percentage' ? Number(node.value) / 100 : []));
  const [color] = colors;
  if (!color || colors.length > 1 || positions.length + 1 !== nodes.length || positions.length > 2)
    return undefined;
  return positions.length === 0
    ? [{ color, position: undefined }]
    : positions.map((position) => ({ color, position }));
}

/** Stops without a position are spread evenly between their neighbours, and none lies before the one before it (CSS Images 3, 3.4.3). */
function positioned(stops: Stop[]): GradientStop[] {
  const given = stops.map(
    ({ position }, i) => position ?? (i === 0 ? 0 : i === stops.length - 1 ? 1 : undefined),
  );
  let highest = 0;
  const ordered = given.map((position) =>
    position === undefined ? undefined : (highest = Math.max(highest, position)),
  );
  return stops.map(({ color }, i) => ({ color, position: round(Math.min(1, spread(ordered, i))) }));
}

function spread(positions: (number | undefined)[], at: number): number {
  const own = positions[at];
  if (own !== undefined) return own;
  const before = positions.findLastIndex((position, i) => i < at && position !== undefined);
  const after = positions.findIndex((position, i) => i > at && position !== undefined);
  const [from = 0, to = 1] = [positions[before], positions[after]];
  return from + ((to - from) * (at - before)) / (after - before);
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

const fontWords = /^(?:normal|italic|oblique|small-caps|(?:(?:ultra|extra|semi)-)?(?:condensed|expanded))$/i;

/** Reads the `font` shorthand: the format wants a size and a family; what else is not said is normal. */
export function parseTypography(nodes: CssNode[], typeOf: TypeOf): TypographyValue | undefined {
  const readSize = orReference(parseDimension, 'dimension', typeOf);
  const at = nodes.findIndex((node) => node.type !== 'Number' && readSize(node) !== undefined);
  const size = nodes[at] && readSize(nodes[at]);
  if (!size || at > 4) return undefined;
  const hasLine = isSlash(nodes[at + 1]);
  const lineHeight = hasLine ? lineHeightOf(nodes[at + 2], size) : 1.2;
  const family = familyOf(nodes.slice(at + (hasLine ? 3 : 1)), typeOf);
  const words = nodes.slice(0, at);
  const weights = words.flatMap((node) => orReference(parseFontWeight, 'fontWeight', typeOf)(node) ?? []);
  const isRead = words.every(
    (node) =>
      (node.type === 'Identifier' && fontWords.test(node.name)) ||
      parseFontWeight(node) !== undefined ||
      parseReference(node),
  );
  if (!isRead || lineHeight === undefined || !family) return undefined;
  const fontWeight = weights.at(-1) ?? 400;
  return { fontFamily: family, fontSize: size, fontWeight, letterSpacing: zero, lineHeight };
}

function isSlash(node: CssNode | undefined): boolean {
  return node?.type === 'Operator' && node.value.trim() === '/';
}

function familyOf(nodes: CssNode[], typeOf: TypeOf): TypographyValue['fontFamily'] | undefined {
  const reference = nodes.length === 1 ? parseReference(nodes[0]) : undefined;
  if (reference) return typeOf(reference.property) === 'fontFamily' ? reference : undefined;
  // Any word could be a family: `2px auto` is not a font.
  return isFamilyList('', nodes) || nodes.some(({ type }) => type === 'String')
    ? parseFontFamily(nodes)
    : undefined;
}

/** A multiple of the font's size. */
function lineHeightOf(node: CssNode | undefined, size: DimensionValue | Reference): number | undefined {
  if (node?.type === 'Percentage') return round(Number(node.value) / 100);
  const number = parseNumber(node);
  if (number !== undefined) return number;
  const length = parseDimension(node);
  if (!length || !('unit' in size) || length.unit !== size.unit || size.value === 0) return undefined;
  return round(length.value / size.value);
}
