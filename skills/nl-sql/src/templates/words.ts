/** A piece of the question: a word, a number, a date, a quoted text or a comparison sign. */
export interface Token {
  kind: 'word' | 'number' | 'date' | 'quoted' | 'sign';
  /** In lower case, and without quotes. */
  text: string;
  /** As it was written. */
  original: string;
  /** After a comma, as in a list. */
  isSeparated: boolean;
}

/** In this order; the first that matches is what a piece is. An apostrophe inside or after a word is no quote. */
const pieces = [
  String.raw`"([^"]{1,200})"`,
  '\u201c([^\u201d]{1,200})\u201d',
  String.raw`(?<![\p{L}\p{N}])'((?:[^']|'(?=\p{L})){1,200})'(?![\p{L}\p{N}])`,
  '\u2018([^\u2019]{1,200})\u2019',
  // As TeX has it.
  "`` *([^'`]{1,200}?) *''",
  String.raw`(\d{4}-\d{2}-\d{2})(?!\d)`,
  String.raw`(-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(?![\p{L}\d])`,
  String.raw`([\p{L}\d_][\p{L}\p{N}_-]*(?:['\u2019]t(?![\p{L}]))?)(?:['\u2019]s(?![\p{L}]))?`,
  '(>=|<=|!=|<>|[=<>])',
];
const tokenPattern = new RegExp(pieces.join('|'), 'gu');

/** Splits a question; punctuation other than commas carries no meaning here. */
export function tokenise(question: string): Token[] {
  let end = 0;
  return [...question.matchAll(tokenPattern)].flatMap((match) => {
    const isSeparated = question.slice(end, match.index).includes(',');
    end = match.index + match[0].length;
    return readPiece(match).map((token, i) => ({ ...token, isSeparated: isSeparated && i === 0 }));
  });
}

type Piece = Omit<Token, 'isSeparated'>;

function readPiece([
  ,
  double,
  curly,
  single,
  bent,
  tex,
  date,
  number,
  word,
  sign,
]: RegExpMatchArray): Piece[] {
  const quoted = double ?? curly ?? single ?? bent ?? tex;
  if (quoted !== undefined) return [{ kind: 'quoted', text: quoted.toLowerCase(), original: quoted }];
  if (date !== undefined) return [{ kind: 'date', text: date, original: date }];
  if (number !== undefined) return [{ kind: 'number', text: number.replaceAll(',', ''), original: number }];
  if (sign !== undefined) return [{ kind: 'sign', text: sign, original: sign }];
  return wordsOf(word ?? '');
}

/** "doesn't" is "does not". */
function wordsOf(word: string): Piece[] {
  const [, verb] = /^(\p{L}+)n['\u2019]t$/u.exec(word) ?? [];
  return [...(verb === undefined ? [word] : [verb, 'not'])].map((original) => ({
    kind: 'word',
    text: original.toLowerCase(),
    original,
  }));
}

/** `order_lines`, "order lines" and "orderLine" are the same words. */
export function stems(identifier: string): string[] {
  return identifier
    .replace(/(\p{Ll})(?=\p{Lu})/gu, '$1_')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .map(stem);
}

const irregular: Record<string, string> = { people: 'person', men: 'man', women: 'woman', children: 'child' };

/** Takes the plural off a word, well enough to compare two of them. */
export function stem(word: string): string {
  if (irregular[word] !== undefined) return irregular[word];
  if (/[^aeiou]ies$/.test(word)) return `${word.slice(0, -3)}y`;
  const singular = /[^su]s$/.test(word) && !/(?:x|ch|sh)es$/.test(word) ? word.slice(0, -1) : word;
  return singular.replace(/(s|x|ch|sh)(?:es|e)$/, '$1');
}
