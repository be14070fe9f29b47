import type { Rectangle } from '../schema.js';
import type { Picture } from './picture.js';
import type { Beside } from './seen-lines.js';

/** Rows that are decoded at a time. */
export const stripRows = 64;

/** What shows through a transparent pixel: a colour that pages rarely have, so that a hole differs from white. */
const backdrop = [205, 92, 171] as const;

/** The rows of a picture, one after the other, opaque and with its masks painted over. */
export class Rows {
  readonly #strips: AsyncGenerator<Uint8Array, void>;
  readonly #stride: number;
  #strip: Uint8Array = new Uint8Array(0);
  #y = 0;

  constructor(
    private readonly picture: Picture,
    private readonly masks: Rectangle[],
    beside?: Beside,
  ) {
    this.#strips = picture.strips(stripRows, beside);
    this.#stride = picture.width * 4;
  }

  /** Writes the next rows to `target`, each as wide as `width` pixels, which is at most the width of the picture. */
  async read(target: Uint8Array, rows: number, width: number): Promise<void> {
    for (let row = 0; row < rows; row++) {
      if (this.#strip.length === 0) await this.#decode();
      target.set(this.#strip.subarray(0, width * 4), row * width * 4);
      this.#strip = this.#strip.subarray(this.#stride);
      this.#y++;
    }
  }

  async skip(rows: number): Promise<void> {
    for (let row = 0; row < rows; row++) {
      if (this.#strip.length === 0) await this.#decode();
      this.#strip = this.#strip.subarray(this.#stride);
      this.#y++;
    }
  }

  async close(): Promise<void> {
    await this.#strips.return();
  }

  async #decode(): Promise<void> {
    const { value } = await this.#strips.next();
    this.#strip = value ?? new Uint8Array(this.#stride);
    if (!this.picture.opaque) flatten(this.#strip);
    for (const mask of this.masks) paintOver(this.#strip, this.picture.width, this.#y, mask);
  }
}

function flatten(pixels: Uint8Array): void {
  for (let i = 0; i < pixels.length; i += 4) {
    const alpha = pixels[i + 3] ?? 255;
    if (alpha === 255) continue;
    for (let channel = 0; channel < 3; channel++) {
      const behind = backdrop[channel] ?? 0;
      pixels[i + channel] = behind + (((pixels[i + channel] ?? 0) - behind) * alpha) / 255;
    }
    pixels[i + 3] = 255;
  }
}

/** What of a mask lies outside of the picture does not matter. */
function paintOver(strip: Uint8Array, width: number, top: number, mask: Rectangle): void {
  const left = Math.min(mask.x, width);
  const right = Math.min(mask.x + mask.width, width);
  const first = Math.max(mask.y - top, 0);
  const last = Math.min(mask.y + mask.height - top, strip.length / (width * 4));
  for (let row = first; row < last; row++)
    strip.fill(0xff, (row * width + left) * 4, (row * width + right) * 4);
}
