import { calc } from '@csstools/css-calc';
import type { CssNode } from 'css-tree';
import {
  parseBorder,
  parseGradient,
  parseShadow,
  parseTransition,
  parseTypography,
  type TypeOf,
} from './composite.js';
import { categoryOfLength } from './name.js';
import { reasonOf } from './reason.js';
import type { Resolver } from './resolve.js';
import type { Category, Token, TokenValue } from './token.js';
import {
  isFamilyList,
  parseBreakpoint,
  parseColorNode,
  parseDimension,
  parseDuration,
  parseEasing,
  parseFontFamily,
  parseFontWeight,
  parseLineHeight,
  parseNumber,
  parseStrokeStyle,
} from './value.js';
import { parseValue } from './value-nodes.js';

export type Classified = Omit<Token, 'name'>;

type Read = [Category, TokenValue];

/** A token without its name, or the reason why the property is none. @param typeOf the types of those that it refers to */
export function classify(property: string, resolver: Resolver, typeOf: TypeOf): Classified | string {
  const resolved = resolver.resolve(property);
  if ('reason' in resolved) return resolved.reason;
  const text = resolved.text.trim();
  const nodes = computed(text);
  if (!nodes) return 'is not a valid value';
  const read = readValue(property.toLowerCase(), nodes);
  if (!read) return reasonOf(nodes);
  const [category, { type, value }] = read;
  const css = lossy.has(type) ? { css: text.replace(/\s+/g, ' ') } : {};
  if (resolved.depth === 0) return { category, type, value, ...css };
  const alias = aliasIn(resolver.defined.get(property)?.text ?? '');
  if (alias && typeOf(alias) === type) return { category, type, value: { property: alias } };
  return {
    category,
    type,
    value: composites.has(type) ? (withReferences(property, resolver, typeOf, type) ?? value) : value,
    ...css,
  };
}

/** A composite value in which each part that is another token is an alias of it. */
function withReferences(property: string, resolver: Resolver, typeOf: TypeOf, type: Token['type']) {
  const text = resolver.withReferences(property, (each) => !composites.has(typeOf(each) ?? 'shadow'));
  const nodes = text === undefined ? undefined : computed(text);
  const read = nodes && readComposite(property, nodes, typeOf);
  return read?.[1].type === type ? read[1].value : undefined;
}

const composites = new Set<Token['type']>(['shadow', 'border', 'transition', 'gradient', 'typography']);

/** Types that have no place for all that CSS says: the direction of a gradient, the property of a transition, italics. */
const lossy = new Set<Token['type']>(['gradient', 'transition', 'typography']);

/** `var(--x)`, with or without a fallback, and nothing else. */
function aliasIn(text: string): string | undefined {
  return /^(?:var|theme|--theme)\(\s*(--[^\s,()]+)\s*(?:,[^()]*(?:\([^()]*\)[^()]*)*)?\)$/i.exec(text)?.[1];
}

const math =
  /(?:^|[^\w-])(?:calc|min|max|clamp|round|mod|rem|sin|cos|tan|asin|acos|atan2?|pow|sqrt|hypot|log|exp|abs|sign)\(/i;

/** The parts of a value with its calculations done, as far as they do not depend on the page. */
function computed(text: string): CssNode[] | undefined {
  const nodes = parseValue(text);
  if (!nodes || !math.test(text) || (nodes.length === 1 && parseColorNode(nodes[0]))) return nodes;
  try {
    return parseValue(calc(text));
  } catch {
    return nodes;
  }
}

function readValue(name: string, nodes: CssNode[]): Read | undefined {
  const [only] = nodes.length === 1 ? nodes : [];
  return (only && readOne(name, only)) ?? readComposite(name, nodes, () => undefined);
}

function readOne(name: string, node: CssNode): Read | undefined {
  const color = parseColorNode(node);
  if (color) return ['color', { type: 'color', value: color }];
  return readLength(name, node) ?? readNumber(name, node) ?? readMotion(name, node);
}

/** Names of numbers, for which 0 is not a length. */
const unitless =
  /weight|line-height|leading|opacity|alpha|index|order|scale|zoom|flex|grow|shrink|ratio|factor|count|lightness/;

function readLength(name: string, node: CssNode): Read | undefined {
  if (node.type === 'Number' && unitless.test(name)) return undefined;
  const value = name.includes('breakpoint') ? parseBreakpoint(node) : parseDimension(node);
  return value && [categoryOfLength(name), { type: 'dimension', value }];
}

function readNumber(name: string, node: CssNode): Read | undefined {
  const weight = name.includes('weight') ? parseFontWeight(node) : undefined;
  if (weight !== undefined) return ['font-weight', { type: 'fontWeight', value: weight }];
  const isLineHeight = /line-height|leading/.test(name);
  const value = isLineHeight ? parseLineHeight(node) : parseNumber(node);
  return value === undefined
    ? undefined
    : [isLineHeight ? 'line-height' : 'number', { type: 'number', value }];
}

function readMotion(name: string, node: CssNode): Read | undefined {
  const duration = parseDuration(node);
  if (duration) return ['duration', { type: 'duration', value: duration }];
  const easing = parseEasing(node);
  if (easing) return ['easing', { type: 'cubicBezier', value: easing }];
  const style = parseStrokeStyle(node);
  const isStyle = /style|border|outline|stroke|line/.test(name);
  return style && isStyle ? ['border-style', { type: 'strokeStyle', value: style }] : undefined;
}

function readComposite(property: string, nodes: CssNode[], typeOf: TypeOf): Read | undefined {
  const name = property.toLowerCase();
  if (nodes.length === 1) return readGradient(nodes, typeOf) ?? readFamily(name, nodes);
  const shadow = parseShadow(nodes, typeOf);
  if (shadow) return ['shadow', { type: 'shadow', value: shadow }];
  const border = parseBorder(nodes, typeOf);
  if (border) return ['border', { type: 'border', value: border }];
  const transition = name.includes('anim') ? undefined : parseTransition(nodes, typeOf);
  if (transition) return ['transition', { type: 'transition', value: transition }];
  const typography = parseTypography(nodes, typeOf);
  if (typography) return ['typography', { type: 'typography', value: typography }];
  return readFamily(name, nodes);
}

function readGradient(nodes: CssNode[], typeOf: TypeOf): Read | undefined {
  const value = parseGradient(nodes, typeOf);
  return value && ['gradient', { type: 'gradient', value }];
}

function readFamily(name: string, nodes: CssNode[]): Read | undefined {
  const family = isFamilyList(name, nodes) ? parseFontFamily(nodes) : undefined;
  return family && ['font-family', { type: 'fontFamily', value: family }];
}
