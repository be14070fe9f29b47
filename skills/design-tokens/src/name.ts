import type { Category } from './token.js';

/** Words that authors put before a name to say what it is; the group says it already. */
const prefixes: Record<Category, string[]> = {
  color: ['color', 'colour', 'clr'],
  spacing: ['spacing', 'space', 'gap', 'padding', 'margin'],
  radius: ['border-radius', 'radius', 'rounded'],
  'font-family': ['font-family', 'font'],
  'font-size': ['font-size', 'text-size', 'text'],
  'font-weight': ['font-weight', 'weight'],
  'line-height': ['line-height', 'leading'],
  shadow: ['box-shadow', 'shadow', 'elevation'],
  breakpoint: ['breakpoint', 'screen'],
  size: ['size'],
  number: [],
  duration: ['duration'],
  easing: ['easing', 'ease'],
  transition: ['transition'],
  'border-style': ['border-style'],
  border: ['border'],
  gradient: ['gradient'],
  typography: ['typography', 'font'],
};

const lengthHints: [RegExp, Category][] = [
  [/radius|rounded/, 'radius'],
  [/breakpoint|screen/, 'breakpoint'],
  [/line-height|leading/, 'line-height'],
  [/font-size|text|fs\b/, 'font-size'],
  [/spac|gap|padding|margin|gutter|inset/, 'spacing'],
];

/** What a length is for, as far as the name of its custom property shows. */
export function categoryOfLength(property: string): Category {
  const name = property.toLowerCase();
  return lengthHints.find(([hint]) => hint.test(name))?.[1] ?? 'size';
}

/** `--color-brand` in group `color` is `brand`; characters that the format keeps for itself become hyphens. */
export function tokenName(property: string, category: Category): string {
  const name = plainName(property);
  const prefix = prefixes[category].find((word) => name === word || name.startsWith(`${word}-`));
  return (prefix ? name.slice(prefix.length + 1) : name) || 'default';
}

/** Names must not begin with `$` nor hold `.`, `{` or `}`; `__proto__` would not be a plain key. */
export function plainName(text: string): string {
  return text.replace(/[^\p{L}\p{N}_-]+/gu, '-').replace(/^[-_]+|-+$/g, '');
}

/** Paths of tokens that have one, such as `color.brand`. */
export type TakenNames = Set<string>;

/** `--brand` and `--color-brand` would both be color.brand: the later one keeps its whole name. */
export function freeName(property: string, category: Category, taken: TakenNames): string {
  const wanted = [tokenName(property, category), plainName(property)];
  let name = wanted.find((candidate) => candidate !== '' && !taken.has(`${category}.${candidate}`));
  for (let n = 2; name === undefined; n++) {
    const candidate = `${wanted[0]}-${n}`;
    if (!taken.has(`${category}.${candidate}`)) name = candidate;
  }
  taken.add(`${category}.${name}`);
  return name;
}
