import { withoutEscapes } from './escapes.js';
import { partsOf } from './secret-parts.js';
import { rewrite, type View } from './view.js';

/** A shorter rest of a secret would match other text by chance. */
const shortestRest = 8;

/**
 * A view in which all forms of a text are equal: without escapes, "+" as a space (as in forms), CRLF as a line end, and one quote
 * where quoting doubles it, as in SQL, CSV and YAML, or leaves and enters it, as in shells.
 * Applied to both secrets and texts.
 */
export function canonical(view: View): View {
  return folded(withoutEscapes(view));
}

/** The second half of `canonical`: base64 must be found before it, because base64 contains "+". */
export function folded(view: View): View {
  const spaced = view.bytes.includes('+') ? { ...view, bytes: withSpaces(view.bytes) } : view;
  return rewrite(spaced, /\r(?=\n)|["']{2,}/g, (text, index, writer) => {
    if (text !== '\r') writer.add(text.includes("'") ? 0x27 : 0x22, index, index + text.length);
  });
}

function withSpaces(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll('+', ' '), 'latin1');
}

/** The patterns to search for in a text and in its decoded parts: all parts of the secrets, as they are and in `canonical` form. */
export function patternsOf(secrets: readonly string[]): Buffer[] {
  const parts = new Set(secrets.flatMap(partsOf));
  const patterns = [...parts].flatMap((part) => [Buffer.from(part), ...canonicalPatterns(part)]);
  const unique = new Map(patterns.map((bytes) => [bytes.toString('latin1'), bytes]));
  return [...unique.values()].filter(({ length }) => length > 0);
}

/** Characters next to a secret that can turn its first or last characters into an escape, or absorb a quote. */
const heads = [
  '\\',
  '%',
  '%4',
  '%C3',
  '\\x',
  '\\x4',
  '\\u',
  '\\u0',
  '\\u00',
  '\\u000',
  '\\u{4',
  '\\1',
  '\\14',
];
const htmlHeads = ['&', '&l', '&#', '&#4', '&#x4'];
const tails = ['n', '41;', '0000', '00000000', '1}', '%B0', 'lt;', 't;', ';'];

/**
 * The `canonical` form of a secret, independent of the text around it: without quotes at its ends, and without an incomplete
 * escape. A second form lacks the first characters that may complete an escape of the text before it.
 */
function canonicalPatterns(part: string): Buffer[] {
  // Every encoding leaves these characters unchanged, or none of them.
  if (/^\w*$/.test(part)) return [];
  const alone = canonicalText(part);
  const start = commonLength(
    alone,
    tails.map((tail) => canonicalText(part + tail)),
    (text, at) => text[at],
  );
  const whole = trimQuotes(alone.slice(0, start));
  const ends = [...heads, ...htmlHeads].map((head) => canonicalText(head + part));
  const end = commonLength(alone, ends, (text, at) => text.at(-1 - at));
  const rest = trimQuotes(alone.slice(-end).slice(0, start - alone.length || undefined));
  return [
    ...(whole.length >= Math.min(4, part.length) ? [whole] : []),
    ...(rest.length >= shortestRest ? [rest] : []),
  ].map((text) => Buffer.from(text, 'latin1'));
}

function canonicalText(text: string): string {
  return canonical({ bytes: Buffer.from(text) }).bytes.toString('latin1');
}

function trimQuotes(text: string): string {
  return text.replace(/^["']+|["']+$/g, '');
}

/** How many characters, from the end at which `at` starts, a text has in common with all others. */
function commonLength(
  text: string,
  others: readonly string[],
  at: (text: string, index: number) => string | undefined,
): number {
  let length = 0;
  while (length < text.length && others.every((other) => at(other, length) === at(text, length))) length += 1;
  return length;
}
