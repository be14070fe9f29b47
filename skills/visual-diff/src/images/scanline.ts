/**
 * A scanline of a PNG: the byte that names its filter, and its samples. These begin at a multiple of 4 bytes, so that four of
 * them can be read as a word.
 */
export interface Scanline {
  whole: Uint8Array;
  plain: Uint8Array;
  /** `plain`, but for what is left of it. */
  words: Int32Array;
}

/** @param bytes those of its samples */
export function scanlineOf(bytes: number): Scanline {
  const buffer = new ArrayBuffer(4 + bytes);
  return {
    whole: new Uint8Array(buffer, 3),
    plain: new Uint8Array(buffer, 4),
    words: new Int32Array(buffer, 4, bytes >> 2),
  };
}
