import type { Beside } from './seen-lines.js';

/** An image that is read from the top to the bottom, a strip at a time, so that a tall one never is in memory as a whole. */
export interface Picture {
  width: number;
  height: number;
  /** Whether it has no transparent pixel, so that none has to be looked for. */
  opaque: boolean;
  /**
   * Its pixels, 4 bytes each (red, green, blue, alpha), in strips of `rows` rows; the last one can be lower. A strip is
   * valid until the next one is asked for.
   */
  strips: (rows: number, beside?: Beside) => AsyncGenerator<Uint8Array, void>;
}

/** A picture that is in memory already. */
export function pictureOf(
  { width, height, data }: { width: number; height: number; data: Uint8Array },
  opaque = false,
): Picture {
  return {
    width,
    height,
    opaque,
    async *strips(rows) {
      for (let top = 0; top < height; top += rows)
        yield data.subarray(top * width * 4, Math.min(top + rows, height) * width * 4);
    },
  };
}
