import { isReference, type Token, type TokenValue } from './token.js';

/** A token whose value is followed to its end; the colours in a shadow as well. */
export type Literal = TokenValue & { path: string; category: Token['category']; isAlias: boolean };

/** Follows every alias. The chains end: circles were left out when the tokens were made. */
export function literals(tokens: Token[], named: Map<string, Token>): Literal[] {
  return tokens.map((token) => {
    const { category, name, type } = token;
    const value = literalOf(token.value, named);
    return {
      path: `${category}.${name}`,
      category,
      type,
      value,
      isAlias: isReference(token.value),
    } as Literal;
  });
}

/** A value with no reference left in it. */
export function literalOf(start: Token['value'], named: Map<string, Token>): TokenValue['value'] {
  let value = start;
  while (isReference(value)) {
    const target = named.get(value.property);
    if (!target) throw new Error(`${value.property} stands for no token.`);
    value = target.value;
  }
  if (!Array.isArray(value)) return value;
  return value.map((part) =>
    typeof part === 'object' && isReference(part.color)
      ? { ...part, color: literalOf(part.color, named) }
      : part,
  ) as TokenValue['value'];
}
