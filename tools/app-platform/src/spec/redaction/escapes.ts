import { isUtf8 } from 'node:buffer';
import { controlSequence } from '../plain-text.js';
import { rewrite, type View, type ViewWriter } from './view.js';

/** A text can be escaped several times: each pass removes one level, but all levels of backslashes. */
const deepest = 8;

const hex = String.raw`[\da-fA-F]`;
/** Consecutive bytes from 0x80 on are decoded together. */
const highBytes = String.raw`(?:(?:\\*%|\\+x)[89a-fA-F]${hex}|\\+[23][0-7]{2})+`;
const surrogates = String.raw`(?:\\*%|\\+)u[dD][89abAB]${hex}{2}(?:\\*%|\\+)u[dD][c-fC-F]${hex}{2}`;
/** util.inspect splits a string after each of its line ends: 'one\n' + 'two'. */
const brokenString = String.raw`["'\u0060] \+\n *["'\u0060]`;

/**
 * Any number of backslashes counts as one, because each level doubles them. A backslash that escapes nothing is dropped:
 * `\"`, `\/`, `\$`.
 */
const escapes = new RegExp(
  [
    highBytes,
    surrogates,
    String.raw`\\*%(?:u${hex}{4}|${hex}{2})`,
    String.raw`\\+(?:x${hex}{2}|u${hex}{4}|u\{${hex}{1,6}\}|U${hex}{8}|[0-3][0-7]{2}|0(?!\d)|[abefnrtv])`,
    String.raw`&(?:#[xX]${hex}{1,6}|#\d{1,7}|amp|lt|gt|quot|apos);`,
    brokenString,
    controlSequence('\u00c2'),
    String.raw`\\+`,
  ].join('|'),
  'g',
);
const highByte = /\\*(?:[%x](?<hex>..)|(?<octal>\d{3}))/g;
const isHighByte = /^(?:[%x][89a-fA-F]|[23][0-7]{2})/;

const named = new Map(
  Object.entries({
    ...{ a: 7, b: 8, e: 27, f: 12, n: 10, r: 13, t: 9, v: 11 },
    ...{ '&amp;': 38, '&lt;': 60, '&gt;': 62, '&quot;': 34, '&apos;': 39 },
  }),
);

/**
 * A view without escapes of any level: backslashes as JSON, Node, Python, Go, YAML and shells write them, percent-encoding,
 * HTML's character references; and without terminal control sequences.
 */
export function withoutEscapes(view: View): View {
  let plain = view;
  for (let level = 0; level < deepest && mayHaveEscapes(plain); level += 1) {
    const next = rewrite(plain, escapes, writeEscape);
    if (next === plain) break;
    plain = next;
  }
  return plain;
}

/** Every escape contains one of these. */
const signs = [...'\\%&\u001b\u00c2'].map((sign) => sign.charCodeAt(0));

function mayHaveEscapes({ bytes }: View): boolean {
  return signs.some((sign) => bytes.includes(sign)) || bytes.includes(' +\n');
}

function writeEscape(match: string, index: number, writer: ViewWriter): void {
  const escape = match.replace(/^\\+/, '');
  if (escape === '') return;
  if (isHighByte.test(escape)) return writeHighBytes(match, index, writer);
  const code = codeOf(escape);
  if (code === undefined) return;
  for (const byte of utf8(code)) writer.add(byte, index, index + match.length);
}

/** Undefined if the escape stands for nothing. */
function codeOf(escape: string): number | undefined {
  const known = named.get(escape);
  if (known !== undefined) return known;
  const [, lead, trail] = /^%?u(d[89ab]..)\W+u(d[c-f]..)$/i.exec(escape) ?? [];
  if (lead && trail) return 0x10000 + ((parseInt(lead, 16) & 0x3ff) << 10) + (parseInt(trail, 16) & 0x3ff);
  const [, hexNumber] = /^(?:%u?|[xuU]|&#[xX])\{?([\da-f]+)[};]?$/i.exec(escape) ?? [];
  if (hexNumber) return parseInt(hexNumber, 16);
  const [, reference] = /^&#(\d+);$/.exec(escape) ?? [];
  if (reference) return Number(reference);
  return /^\d+$/.test(escape) ? parseInt(escape, 8) : undefined;
}

/** Decodes the bytes as UTF-8 or, if that is invalid, as Latin-1, which Python and JavaScript mean by `\xe9`. */
function writeHighBytes(match: string, index: number, writer: ViewWriter): void {
  const tokens = [...match.matchAll(highByte)];
  const bytes = tokens.map(({ groups }) =>
    parseInt(groups?.['hex'] ?? groups?.['octal'] ?? '', groups?.['hex'] ? 16 : 8),
  );
  const isText = isUtf8(Buffer.from(bytes));
  for (const [at, token] of tokens.entries()) {
    const start = index + token.index;
    const decoded = isText ? [bytes[at] ?? 0] : utf8(bytes[at] ?? 0);
    for (const byte of decoded) writer.add(byte, start, start + token[0].length);
  }
}

function utf8(code: number): Iterable<number> {
  if (code < 0x80) return [code];
  return Buffer.from(code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code));
}
