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

/** Writes a scanline as pixels of 4 bytes: to the pixel `first` of `pixels`, and to each `step`th pixel after it. */
export function toPixels(
  line: Uint8Array,
  layout: Layout,
  pixels: Uint8Array,
  first: number,
  step: number,
): void {
  const { width, depth, colourType } = layout;
  if (depth === 8 && colourType === 6 && step === 1) pixels.set(line, first * 4);
  else if (depth === 8 && colourType === 2 && step === 1 && !layout.transparent)
    fromRgb(line, pixels.subarray(first * 4, (first + width) * 4));
  else if (layout.samples === 1 && depth <= 8) fromTable(line, layout, pixels, first, step);
  else fromSamples(line, layout, pixels, first, step);
}

function fromRgb(line: Uint8Array, pixels: Uint8Array): void {
  const view = new DataView(pixels.buffer, pixels.byteOffset, pixels.length);
  for (let i = 0, o = 0; o < pixels.length; i += 3, o += 4) {
    const colour = (line[i] ?? 0) | ((line[i + 1] ?? 0) << 8) | ((line[i + 2] ?? 0) << 16);
    view.setInt32(o, colour | (255 << 24), true);
  }
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
    const [red, green, blue, alpha] = colourOf([sample]);
    return red | (green << 8) | (blue << 16) | (alpha << 24);
  });
  tables.set(layout, table);
  return table;
}

function fromSamples(
  line: Uint8Array,
  layout: Layout,
  pixels: Uint8Array,
  first: number,
  step: number,
): void {
  const colourOf = colours(layout);
  for (let x = 0; x < layout.width; x++) {
    const samples = Array.from({ length: layout.samples }, (_, i) =>
      sampleAt(line, x * layout.samples + i, layout.depth),
    );
    pixels.set(colourOf(samples), (first + x * step) * 4);
  }
}

function sampleAt(line: Uint8Array, index: number, depth: number): number {
  if (depth === 8) return line[index] ?? 0;
  if (depth === 16) return ((line[index * 2] ?? 0) << 8) | (line[index * 2 + 1] ?? 0);
  const bit = index * depth;
  return ((line[bit >> 3] ?? 0) >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
}

type Rgba = [red: number, green: number, blue: number, alpha: number];

function colours({ depth, colourType, palette, transparent }: Layout): (samples: number[]) => Rgba {
  const scale = 255 / (2 ** depth - 1);
  const byte = (sample = 0) => Math.round(sample * scale);
  // For grey and RGB, tRNS holds the samples of the one colour that is transparent, in two bytes each.
  const isTransparent = (samples: number[]) =>
    transparent !== undefined && samples.every((sample, i) => sample === sampleAt(transparent, i, 16));
  if (colourType === 3) {
    return ([index = 0]) => {
      const [red = 0, green = 0, blue = 0] = palette?.subarray(index * 3) ?? [];
      return [red, green, blue, transparent?.[index] ?? 255];
    };
  }
  if (colourType === 4) return ([grey, alpha]) => [byte(grey), byte(grey), byte(grey), byte(alpha)];
  if (colourType === 6)
    return ([red, green, blue, alpha]) => [byte(red), byte(green), byte(blue), byte(alpha)];
  if (colourType === 2) return (s) => [byte(s[0]), byte(s[1]), byte(s[2]), isTransparent(s) ? 0 : 255];
  return (s) => [byte(s[0]), byte(s[0]), byte(s[0]), isTransparent(s) ? 0 : 255];
}
