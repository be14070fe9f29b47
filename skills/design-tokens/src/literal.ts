import { isReference, type Reference, replaceReferences, type Token, type TokenValue } from './token.js';

/** A token whose value is followed to its end; those within a value, such as the colour of a shadow, as well. */
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
  const follow = ({ property }: Reference): unknown => {
    const target = named.get(property);
    if (!target) throw new Error(`${property} stands for no token.`);
    return replaceReferences(target.value, follow);
  };
  return replaceReferences(start, follow) as TokenValue['value'];
}
