/** A piece of the question: a word, a number, a date, a quoted text or a comparison sign. */
export interface Token {
  kind: 'word' | 'number' | 'date' | 'quoted' | 'sign';
  /** In lower case, and without quotes. */
  text: string;
  /** As it was written. */
  original: string;
}

const tokenPattern =
  /"([^"]{1,200})"|'([^']{1,200})'|(\d{4}-\d{2}-\d{2})(?!\d)|(-?\d+(?:\.\d+)?)(?![\p{L}\d])|([\p{L}\d_][\p{L}\p{N}_-]*)|(>=|<=|!=|<>|[=<>])/gu;

/** Splits a question; other punctuation carries no meaning here. */
export function tokenise(question: string): Token[] {
  return [...question.matchAll(tokenPattern)].map(([, double, single, date, number, word, sign]) => {
    const quoted = double ?? single;
    if (quoted !== undefined) return { kind: 'quoted', text: quoted.toLowerCase(), original: quoted };
    if (date !== undefined) return { kind: 'date', text: date, original: date };
    if (number !== undefined) return { kind: 'number', text: number, original: number };
    if (sign !== undefined) return { kind: 'sign', text: sign, original: sign };
    return { kind: 'word', text: (word ?? '').toLowerCase(), original: word ?? '' };
  });
}

/** `order_lines`, "order lines" and "order line" are the same words. */
export function stems(identifier: string): string[] {
  return identifier
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .map(stem);
}

/** Takes the plural off a word, well enough to compare two of them. */
export function stem(word: string): string {
  if (/[^aeiou]ies$/.test(word)) return `${word.slice(0, -3)}y`;
  if (/(?:s|x|ch|sh)es$/.test(word)) return word.slice(0, -2);
  return /[^su]s$/.test(word) ? word.slice(0, -1) : word;
}
