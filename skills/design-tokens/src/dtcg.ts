import type { Mode } from './custom-properties.js';
import type { Output } from './schema.js';
import { categories, type Reference, replaceReferences, type Token } from './token.js';

/** Writes tokens as DTCG groups; references become aliases such as `{color.brand}`. */
export function toDtcg(tokens: Token[], named: Map<string, Token>): Output['tokens'] {
  const groups = new Map<string, [name: string, token: object][]>(
    categories.map((category) => [category, []]),
  );
  for (const token of tokens) groups.get(token.category)?.push([token.name, dtcgToken(token, named)]);
  const used = [...groups].filter(([, members]) => members.length > 0);
  return Object.fromEntries(used.map(([category, members]) => [category, Object.fromEntries(members)]));
}

/** The tokens that differ in a mode, at the same paths. */
export function modeToDtcg({ name, condition, tokens }: Mode, named: Map<string, Token>) {
  return { name, condition, tokens: toDtcg([...tokens.values()], new Map([...named, ...tokens])) };
}

function dtcgToken({ type, value, css }: Token, named: Map<string, Token>) {
  const $value = replaceReferences(value, (reference) => aliasOf(reference, named));
  return { $type: type, $value, ...(css !== undefined && { $extensions: { [extension]: { css } } }) };
}

/** What CSS says beyond the type: the format keeps it for whoever reads the file. */
const extension = 'com.odoobo.design-tokens';

function aliasOf({ property }: Reference, named: Map<string, Token>): string {
  const target = named.get(property);
  return target ? `{${target.category}.${target.name}}` : property;
}
