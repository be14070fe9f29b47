/** The most bytes at the start of a pattern by which the index looks it up. */
const longestKey = 4;

/** Finds many patterns in bytes, in one pass regardless of their number. */
export class PatternIndex {
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
