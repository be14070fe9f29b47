import { Decoder } from './decodings.js';
import { withoutEscapes } from './escapes.js';
import { canonical, folded } from './patterns.js';
import { type Range, sourceOf, type View } from './view.js';

/** How deep encodings are nested, such as a registry's login in a Kubernetes secret. */
const deepest = 3;
/** Shorter secrets are found only as they are, not encoded: any long text contains three given bytes by chance. */
const shortestEncoded = 4;
/** A shorter part of a secret does not count as one. */
const shortestRest = 8;
/** A line that continues in the next one, when encoded data is broken into lines: base64, and lists of numbers. */
const goesOn = /(?:[\w+/-]{40}|\d\s*,\s*)\r?\n$/;
const lookedAt = 48;

/** Finds secrets in texts: as they are, and recursively in everything that a text may contain encoded or escaped. */
export class SecretFinder {
  readonly #index: PatternIndex;
  readonly #decoder: Decoder;
  readonly #rests: CutOff;
  /** The beginnings of each secret with several lines, up to each of its line ends. */
  readonly #beginnings: Buffer[];
  /** The length of the longest secret, in bytes. */
  readonly longest: number;

  /** @param patterns the result of `patternsOf`, at least one */
  constructor(patterns: readonly Buffer[]) {
    const lengths = patterns.map(({ length }) => length);
    const shortest = lengths.reduce((a, b) => Math.min(a, b));
    this.#index = new PatternIndex(patterns);
    this.#decoder = new Decoder(patterns, Math.max(shortestEncoded, Math.min(shortest, shortestRest)));
    this.#rests = new CutOff(patterns);
    this.#beginnings = patterns.flatMap(beginningsOf);
    this.longest = lengths.reduce((a, b) => Math.max(a, b));
  }

  /** The ranges of a text that contain secrets: in order, and without overlap. */
  find(text: Buffer): Range[] {
    const found: Range[] = [];
    this.#search({ bytes: text }, 0, found);
    return merged(found);
  }

  /** Where, in a text that ends with a line end, a secret may begin whose other lines are still to come. */
  openFrom(text: Buffer): number {
    let open = text.length;
    if (this.#beginnings.length > 0)
      for (const view of [{ bytes: text }, canonical({ bytes: text })])
        open = Math.min(open, this.#beginsAt(view));
    return Math.min(open, encodedFrom(text));
  }

  #search(view: View, depth: number, found: Range[]): void {
    const plain = withoutEscapes(view);
    for (const each of new Set([view, folded(plain)])) {
      const report = (from: number, to: number) => found.push(sourceOf(each, from, to));
      this.#index.find(each.bytes, (start, { length }) => report(start, start + length));
      if (depth > 0) this.#rests.find(each.bytes, report);
    }
    if (depth === deepest) return;
    for (const inner of this.#decoder.decode(plain)) this.#search(inner, depth + 1, found);
  }

  #beginsAt(view: View): number {
    const { bytes } = view;
    const starts = this.#beginnings
      .filter((beginning) => bytes.subarray(-beginning.length).equals(beginning))
      .map(({ length }) => sourceOf(view, bytes.length - length, bytes.length).start);
    return starts.reduce((a, b) => Math.min(a, b), Infinity);
  }
}

/**
 * Finds the rest of a secret whose other end was cut off with the data that encodes it: Node shows 50 bytes of a Buffer, and a log
 * may lack its first lines.
 */
class CutOff {
  readonly #heads = new Map<string, Buffer[]>();
  readonly #tails = new Map<string, Buffer[]>();
  readonly #index: PatternIndex;

  constructor(patterns: readonly Buffer[]) {
    for (const pattern of patterns) {
      if (pattern.length <= shortestRest) continue;
      add(this.#heads, pattern.toString('latin1', 0, shortestRest), pattern);
      add(this.#tails, pattern.toString('latin1', pattern.length - shortestRest), pattern);
    }
    const ends = [...new Set([...this.#heads.keys(), ...this.#tails.keys()])];
    this.#index = new PatternIndex(ends.map((end) => Buffer.from(end, 'latin1')));
  }

  find(bytes: Buffer, report: (start: number, end: number) => void): void {
    this.#index.find(bytes, (start, found) => {
      const [rest, end] = [bytes.length - start, start + shortestRest];
      const key = found.toString('latin1');
      if (this.#heads.get(key)?.some((one) => bytes.subarray(start).equals(one.subarray(0, rest))))
        report(start, bytes.length);
      if (this.#tails.get(key)?.some((one) => bytes.subarray(0, end).equals(one.subarray(-end))))
        report(0, end);
    });
  }
}

function add(byKey: Map<string, Buffer[]>, key: string, pattern: Buffer): void {
  const same = byKey.get(key);
  if (same) same.push(pattern);
  else byKey.set(key, [pattern]);
}

/** Where the lines at the end of a text begin that continue in the next line. */
function encodedFrom(text: Buffer): number {
  let start = text.length;
  while (start > 0 && goesOn.test(text.toString('latin1', Math.max(0, start - lookedAt), start)))
    start = start < 2 ? 0 : text.lastIndexOf(10, start - 2) + 1;
  return start;
}

function beginningsOf(pattern: Buffer): Buffer[] {
  return [...pattern.entries()].flatMap(([at, byte]) => (byte === 10 ? [pattern.subarray(0, at + 1)] : []));
}

function merged(ranges: readonly Range[]): Range[] {
  const apart: Range[] = [];
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = apart.at(-1);
    if (last && range.start < last.end) last.end = Math.max(last.end, range.end);
    else apart.push({ ...range });
  }
  return apart;
}

/** The most bytes at the start of a pattern by which the index looks it up. */
const longestKey = 4;

/** Finds many patterns in bytes, in one pass regardless of their number. */
class PatternIndex {
  readonly #keyBytes: number;
  readonly #mask: number;
  readonly #byKey = new Map<number, Buffer[]>();
  /** Whether any key has this hash: this excludes most positions of a text. */
  readonly #seen: Uint8Array;
  readonly #shift: number;

  /** @param patterns must not contain an empty one */
  constructor(patterns: readonly Buffer[]) {
    const shortest = patterns.reduce((least, { length }) => Math.min(least, length), longestKey);
    this.#keyBytes = shortest;
    this.#mask = shortest === longestKey ? -1 : 2 ** (8 * shortest) - 1;
    const bits = Math.min(20, Math.max(13, Math.ceil(Math.log2(16 * patterns.length + 1))));
    this.#shift = 32 - bits;
    this.#seen = new Uint8Array(2 ** bits);
    for (const pattern of patterns) this.#add(pattern);
  }

  /** Reports every occurrence, including overlapping ones. */
  find(bytes: Buffer, report: (start: number, pattern: Buffer) => void): void {
    const skipped = this.#keyBytes - 1;
    let key = 0;
    for (let index = 0; index < bytes.length; index += 1) {
      key = ((key << 8) | (bytes[index] ?? 0)) & this.#mask;
      if (index < skipped || this.#seen[this.#hash(key)] === 0) continue;
      const start = index - skipped;
      for (const pattern of this.#byKey.get(key) ?? [])
        if (startsWith(bytes, start, pattern)) report(start, pattern);
    }
  }

  #add(pattern: Buffer): void {
    let key = 0;
    for (const byte of pattern.subarray(0, this.#keyBytes)) key = ((key << 8) | byte) & this.#mask;
    this.#seen[this.#hash(key)] = 1;
    const same = this.#byKey.get(key);
    if (same) same.push(pattern);
    else this.#byKey.set(key, [pattern]);
  }

  /** Fibonacci hashing: the upper bits of a product with 2^32 divided by the golden ratio. */
  #hash(key: number): number {
    return Math.imul(key, 0x9e3779b1) >>> this.#shift;
  }
}

function startsWith(bytes: Buffer, start: number, pattern: Buffer): boolean {
  if (start + pattern.length > bytes.length) return false;
  for (let index = 0; index < pattern.length; index += 1)
    if (bytes[start + index] !== pattern[index]) return false;
  return true;
}
