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
] as const;

export type Category = (typeof categories)[number];

/** Values as the DTCG format 2025.10 writes them (https://www.designtokens.org/tr/2025.10/format/). */
export interface ColorValue {
  colorSpace: string;
  components: (number | 'none')[];
  alpha?: number;
  hex: string;
}

export interface DimensionValue {
  value: number;
  unit: 'px' | 'rem';
}

export interface ShadowValue {
  color: ColorValue | Reference;
  offsetX: DimensionValue;
  offsetY: DimensionValue;
  blur: DimensionValue;
  spread: DimensionValue;
  inset?: true;
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
  | { type: 'shadow'; value: ShadowValue[] };

export type TokenType = TokenValue['type'];

/** A token with its place; `reference` names the custom property that it is an alias of. */
export interface Token {
  category: Category;
  name: string;
  type: TokenType;
  value: TokenValue['value'] | Reference;
}

/** A design system has hundreds of tokens; the answer for more would be many times the question. */
const maxTokens = 5_000;

/** @throws SkillError 422 when there are more tokens than a design system has */
export function refuseTooMany(count: number): void {
  if (count <= maxTokens) return;
  throw new SkillError(422, 'too_many_tokens', `The style sheet has more than ${maxTokens} tokens.`);
}

export function isReference(value: unknown): value is Reference {
  return typeof value === 'object' && value !== null && 'property' in value;
}
