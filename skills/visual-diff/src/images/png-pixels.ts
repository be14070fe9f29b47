import type { Scanline } from './scanline.js';

/** How the pixels of a PNG are written. */
export interface Layout {
  width: number;
  /** Bits of a sample: 1, 2, 4, 8 or 16. */
  depth: number;
  colourType: number;
  /** Samples of a pixel. */
  samples: number;
  palette?: Uint8Array | undefined;
  /** Body of the chunk tRNS. */
  transparent?: Uint8Array | undefined;
}

const depthsOf: Record<number, { samples: number; depths: number[] }> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};

/** @returns undefined when the format has no such colour type or depth */
export function layoutOf(width: number, depth: number, colourType: number): Layout | undefined {
  const type = depthsOf[colourType];
  return type?.depths.includes(depth) ? { width, depth, colourType, samples: type.samples } : undefined;
}

/** Whether no pixel can be transparent. */
export function isOpaque({ colourType, transparent }: Layout): boolean {
  return colourType < 4 && transparent === undefined;
}

/** Bytes of a scanline, without the byte that names its filter. */
export function lineBytes({ width, depth, samples }: Layout): number {
  return Math.ceil((width * samples * depth) / 8);
}

/** Whether the first byte of a word is its lowest, as on x86 and ARM: then three words of RGB are four pixels. */
const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/**
 * Writes a scanline as pixels of 4 bytes: to the pixel `first` of `pixels`, and to each `step`th pixel after it.
 * @param pixels begins at a multiple of 4 bytes
 */
export function toPixels(
  line: Scanline,
  layout: Layout,
  pixels: Uint8Array,
  first: number,
  step: number,
): void {
  const { width, depth, colourType } = layout;
  const isWhole = depth === 8 && step === 1;
  if (isWhole && colourType === 6) pixels.set(line.plain, first * 4);
  else if (isWhole && colourType === 2 && !layout.transparent && isLittleEndian)
    fromRgb(line, pixels, first, width);
  else if (layout.samples === 1 && depth <= 8) fromTable(line.plain, layout, pixels, first, step);
  else fromSamples(line.plain, layout, pixels, first, step);
}

const opaque = 255 << 24;

/** Four pixels at a time, since this runs for most pictures. */
function fromRgb({ plain, words }: Scanline, pixels: Uint8Array, first: number, width: number): void {
  const target = new Int32Array(pixels.buffer, pixels.byteOffset + first * 4, width);
  const whole = width & ~3;
  for (let i = 0, x = 0; x < whole; i += 3, x += 4) {
    const [a, b, c] = [words[i] ?? 0, words[i + 1] ?? 0, words[i + 2] ?? 0];
    target[x] = a | opaque;
    target[x + 1] = (a >>> 24) | (b << 8) | opaque;
    target[x + 2] = (b >>> 16) | (c << 16) | opaque;
    target[x + 3] = (c >>> 8) | opaque;
  }
  for (let x = whole, i = whole * 3; x < width; x++, i += 3)
    target[x] = (plain[i] ?? 0) | ((plain[i + 1] ?? 0) << 8) | ((plain[i + 2] ?? 0) << 16) | opaque;
}

/** Grey and palettes: a pixel is one sample, and a sample one of at most 256 colours. */
function fromTable(line: Uint8Array, layout: Layout, pixels: Uint8Array, first: number, step: number): void {
  const table = tableOf(layout);
  const view = new DataView(pixels.buffer, pixels.byteOffset, pixels.length);
  for (let x = 0; x < layout.width; x++)
    view.setInt32((first + x * step) * 4, table[sampleAt(line, x, layout.depth)] ?? 0, true);
}

const tables = new WeakMap<Layout, Int32Array>();

function tableOf(layout: Layout): Int32Array {
  const known = tables.get(layout);
  if (known) return known;
  const colourOf = colours(layout);
  const table = Int32Array.from({ length: 2 ** layout.depth }, (_, sample) => {
    const [red, green, blue, alpha] = colourOf(sample);
    return red | (green << 8) | (blue << 16) | (alpha << 24);
  });
  tables.set(layout, table);
  return table;
}

/** Pixels of several samples, or of one in two bytes. */
function fromSamples(
  line: Uint8Array,
  { width, samples, depth, transparent }: Layout,
  pixels: Uint8Array,
  first: number,
  step: number,
): void {
  const bytes = depth >> 3;
  const [isGrey, hasAlpha] = [samples < 3, samples % 2 === 0];
  for (let x = 0, i = 0, o = first * 4; x < width; x++, i += samples * bytes, o += step * 4) {
    const red = levelAt(line, i, bytes);
    pixels[o] = red;
    pixels[o + 1] = isGrey ? red : levelAt(line, i + bytes, bytes);
    pixels[o + 2] = isGrey ? red : levelAt(line, i + 2 * bytes, bytes);
    if (hasAlpha) pixels[o + 3] = levelAt(line, i + (samples - 1) * bytes, bytes);
    else pixels[o + 3] = transparent && isColour(line, i, transparent, samples, depth) ? 0 : 255;
  }
}

/** A sample as one byte; of 16 bits the nearest of 255 steps. */
function levelAt(line: Uint8Array, i: number, bytes: number): number {
  if (bytes === 1) return line[i] ?? 0;
  return ((((line[i] ?? 0) << 8) | (line[i + 1] ?? 0)) * 255 + 32895) >> 16;
}

/** Whether a pixel has the one colour that is transparent: tRNS has its samples in two bytes each. */
function isColour(line: Uint8Array, i: number, colour: Uint8Array, samples: number, depth: number): boolean {
  for (let sample = 0; sample < samples; sample++) {
    const own = depth === 8 ? (line[i + sample] ?? 0) : sampleAt(line, (i >> 1) + sample, 16);
    if (own !== sampleAt(colour, sample, 16)) return false;
  }
  return true;
}

function sampleAt(line: Uint8Array, index: number, depth: number): number {
  if (depth === 8) return line[index] ?? 0;
  if (depth === 16) return ((line[index * 2] ?? 0) << 8) | (line[index * 2 + 1] ?? 0);
  const bit = index * depth;
  return ((line[bit >> 3] ?? 0) >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
}

type Rgba = [red: number, green: number, blue: number, alpha: number];

/** The colour of a sample, of grey or of a palette. */
function colours({ depth, colourType, palette, transparent }: Layout): (sample: number) => Rgba {
  if (colourType === 3) {
    return (index) => {
      const [red = 0, green = 0, blue = 0] = palette?.subarray(index * 3) ?? [];
      return [red, green, blue, transparent?.[index] ?? 255];
    };
  }
  const scale = 255 / (2 ** depth - 1);
  return (sample) => {
    const grey = Math.round(sample * scale);
    return [grey, grey, grey, transparent && sample === sampleAt(transparent, 0, 16) ? 0 : 255];
  };
}
