import { SkillError } from '@odoobo/skill-kit';

/** Groups of tokens, in the order in which they are written. */
export const categories = [
  'color',
  'spacing',
  'radius',
  'font-family',
  'font-size',
  'font-weight',
  'line-height',
  'shadow',
  'breakpoint',
  'size',
  'number',
  'duration',
  'easing',
  'transition',
  'border-style',
  'border',
  'gradient',
  'typography',
] as const;

export type Category = (typeof categories)[number];

/** Values as the DTCG format 2025.10 writes them (https://www.designtokens.org/tr/2025.10/format/). */
export interface ColorValue {
  colorSpace: string;
  components: number[];
  alpha?: number;
  hex: string;
}

export interface DimensionValue {
  value: number;
  unit: 'px' | 'rem';
}

export interface DurationValue {
  value: number;
  unit: 'ms' | 's';
}

/** The two control points of a cubic Bézier curve. */
export type EasingValue = [x1: number, y1: number, x2: number, y2: number];

export type StrokeStyle = (typeof strokeStyles)[number];

export const strokeStyles = [
  'solid',
  'dashed',
  'dotted',
  'double',
  'groove',
  'ridge',
  'outset',
  'inset',
] as const;

/** Part of a value: itself, or an alias of the token that has it. */
type Part<Value> = Value | Reference;

export interface ShadowValue {
  color: Part<ColorValue>;
  offsetX: Part<DimensionValue>;
  offsetY: Part<DimensionValue>;
  blur: Part<DimensionValue>;
  spread: Part<DimensionValue>;
  inset?: true;
}

export interface BorderValue {
  color: Part<ColorValue>;
  width: Part<DimensionValue>;
  style: Part<StrokeStyle>;
}

export interface TransitionValue {
  duration: Part<DurationValue>;
  delay: Part<DurationValue>;
  timingFunction: Part<EasingValue>;
}

export interface GradientStop {
  color: Part<ColorValue>;
  /** From 0 to 1. */
  position: number;
}

export interface TypographyValue {
  fontFamily: Part<string[]>;
  fontSize: Part<DimensionValue>;
  fontWeight: Part<number>;
  letterSpacing: DimensionValue;
  lineHeight: number;
}

/** Stands for another custom property until every token has its name. */
export interface Reference {
  property: string;
}

export type TokenValue =
  | { type: 'color'; value: ColorValue }
  | { type: 'dimension'; value: DimensionValue }
  | { type: 'fontFamily'; value: string[] }
  | { type: 'fontWeight'; value: number }
  | { type: 'number'; value: number }
  | { type: 'duration'; value: DurationValue }
  | { type: 'cubicBezier'; value: EasingValue }
  | { type: 'strokeStyle'; value: StrokeStyle }
  | { type: 'shadow'; value: ShadowValue[] }
  | { type: 'border'; value: BorderValue }
  | { type: 'transition'; value: TransitionValue }
  | { type: 'gradient'; value: GradientStop[] }
  | { type: 'typography'; value: TypographyValue };

export type TokenType = TokenValue['type'];

/** A token with its place. A reference is an alias of another custom property. */
export interface Token {
  category: Category;
  name: string;
  type: TokenType;
  value: TokenValue['value'] | Reference;
  /** What CSS says where the type says less, such as the direction of a gradient. */
  css?: string;
}

/** A design system has hundreds of tokens, PatternFly with all its components 5,371; the answer for more would be many times the question. */
const maxTokens = 8_000;

/** @throws SkillError 422 when there are more tokens than a design system has */
export function refuseTooMany(count: number): void {
  if (count <= maxTokens) return;
  throw new SkillError(422, 'too_many_tokens', `The style sheet has more than ${maxTokens} tokens.`);
}

export function isReference(value: unknown): value is Reference {
  return typeof value === 'object' && value !== null && 'property' in value;
}

/** The same value with something else for each reference in it, wherever that is. */
export function replaceReferences(value: unknown, replace: (reference: Reference) => unknown): unknown {
  if (isReference(value)) return replace(value);
  if (Array.isArray(value)) return value.map((part) => replaceReferences(part, replace));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, replaceReferences(part, replace)]),
  );
}

/** Every reference in a value. */
export function referencesOf(value: unknown): Reference[] {
  if (isReference(value)) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(referencesOf) : [];
}
