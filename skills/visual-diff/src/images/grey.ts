import type { Rectangle } from '../schema.js';
import type { Picture } from './picture.js';
import { Rows, stripRows } from './rows.js';

/** The brightness of each pixel in some rows of a picture. */
export interface Grey {
  width: number;
  rows: number;
  bytes: Uint8Array;
}

/** Reads a picture again, from the row `top` on. */
export async function greyOf(
  picture: Picture,
  masks: Rectangle[],
  { width, top, rows }: { width: number; top: number; rows: number },
): Promise<Grey> {
  const bytes = new Uint8Array(width * rows);
  const source = new Rows(picture, masks);
  const strip = new Uint8Array(width * stripRows * 4);
  try {
    await source.skip(top);
    for (let done = 0; done < rows; done += stripRows) {
      const more = Math.min(stripRows, rows - done);
      await source.read(strip, more, width);
      toGrey(strip.subarray(0, more * width * 4), bytes.subarray(done * width));
    }
  } finally {
    await source.close();
  }
  return { width, rows, bytes };
}

function toGrey(pixels: Uint8Array, target: Uint8Array): void {
  for (let i = 0, o = 0; i < pixels.length; i += 4, o++) {
    const sum = 77 * (pixels[i] ?? 0) + 150 * (pixels[i + 1] ?? 0) + 29 * (pixels[i + 2] ?? 0);
    target[o] = sum >> 8;
  }
}
