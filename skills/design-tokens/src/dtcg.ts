import type { Output } from './schema.js';
import { categories, isReference, type Reference, type Token } from './token.js';

/** Writes tokens as DTCG groups; references become aliases such as `{color.brand}`. */
export function toDtcg(tokens: Token[], named: Map<string, Token>): Output['tokens'] {
  const used = categories.filter((category) => tokens.some((token) => token.category === category));
  return Object.fromEntries(
    used.map((category) => {
      const group = tokens.filter((token) => token.category === category);
      return [category, Object.fromEntries(group.map((token) => [token.name, dtcgToken(token, named)]))];
    }),
  );
}

function dtcgToken({ type, value }: Token, named: Map<string, Token>) {
  return { $type: type, $value: resolve(value, named) };
}

function resolve(value: Token['value'], named: Map<string, Token>): unknown {
  if (isReference(value)) return aliasOf(value, named);
  const isShadow = Array.isArray(value) && value.some((part) => typeof part === 'object');
  if (!isShadow) return value;
  return value.map((layer) =>
    typeof layer === 'object' && isReference(layer.color)
      ? { ...layer, color: aliasOf(layer.color, named) }
      : layer,
  );
}

function aliasOf({ property }: Reference, named: Map<string, Token>): string {
  const target = named.get(property);
  return target ? `{${target.category}.${target.name}}` : property;
}
