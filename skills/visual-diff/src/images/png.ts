import { Readable } from 'node:stream';
import { crc32, createInflate } from 'node:zlib';
import { type Picture, pictureOf } from './picture.js';
import { unfilter } from './png-filters.js';
import { isOpaque, type Layout, layoutOf, lineBytes, toPixels } from './png-pixels.js';
import { refused } from './refused.js';
import { type Scanline, scanlineOf } from './scanline.js';
import { areEqual, type Beside } from './seen-lines.js';

export const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Decompressed bytes that are in memory at once. */
const inflatedChunk = 256 * 1024;

/** An interlaced picture holds its first row in every pass, so it is in memory as a whole. */
const maxInterlacedPixels = 8_000_000;

interface Header extends Layout {
  height: number;
  interlaced: boolean;
}

/** The size that a PNG claims, read before anything is decompressed: a few kilobytes can claim gigabytes. */
export function pngSize(bytes: Buffer): { width: number; height: number } {
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/**
 * Opens a PNG of any colour type, depth and interlacing (PNG, third edition).
 * Pixel data is decompressed as it is read, and never more of it than the size of the picture has.
 * @throws SkillError 422 when it is broken, also while it is read
 */
export async function openPng(bytes: Buffer, field: string): Promise<Picture> {
  const { header, data } = readChunks(bytes, field);
  if (header.interlaced) return deinterlace(header, data, field);
  const { width, height } = header;
  return {
    width,
    height,
    opaque: isOpaque(header),
    strips: (rows, beside) => stripsOf({ header, data }, field, rows, beside),
  };
}

interface Chunks {
  header: Header;
  /** Compressed pixel data. */
  data: Buffer[];
}

function readChunks(bytes: Buffer, field: string): Chunks {
  const data: Buffer[] = [];
  let header: Header | undefined;
  let palette: Buffer | undefined;
  let transparent: Buffer | undefined;
  for (const { type, body } of chunksOf(bytes, field)) {
    if (type === 'IHDR') header = readHeader(body, field);
    else if (type === 'PLTE') palette = body;
    else if (type === 'tRNS') transparent = body;
    else if (type === 'IDAT') data.push(body);
  }
  if (!header) throw broken(field, 'it has no header');
  if (header.colourType === 3 && !palette) throw broken(field, 'it has no palette');
  return { header: { ...header, palette, transparent }, data };
}

function* chunksOf(bytes: Buffer, field: string): Generator<{ type: string; body: Buffer }> {
  let at = pngSignature.length;
  while (at + 12 <= bytes.length) {
    const end = at + 8 + bytes.readUInt32BE(at);
    if (end + 4 > bytes.length) throw broken(field, 'it is truncated');
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (crc32(bytes.subarray(at + 4, end)) !== bytes.readUInt32BE(end))
      throw broken(field, `the checksum of its chunk ${JSON.stringify(type)} is wrong`);
    yield { type, body: bytes.subarray(at + 8, end) };
    if (type === 'IEND') return;
    at = end + 4;
  }
  throw broken(field, 'it is truncated');
}

function readHeader(body: Buffer, field: string): Header {
  if (body.length !== 13) throw broken(field, 'its header is not 13 bytes long');
  const [depth = 0, colourType = 0, compression, filter, interlace = 0] = body.subarray(8);
  const layout = layoutOf(body.readUInt32BE(0), depth, colourType);
  if (!layout || compression !== 0 || filter !== 0 || interlace > 1)
    throw broken(field, 'its header names no colour type, depth or method of the format');
  return { ...layout, height: body.readUInt32BE(4), interlaced: interlace === 1 };
}

async function* stripsOf(
  { header, data }: Chunks,
  field: string,
  rows: number,
  beside: Beside = {},
): AsyncGenerator<Uint8Array, void> {
  const { width, height } = header;
  const strip = new Uint8Array(width * Math.min(rows, height) * 4);
  const lines = new Scanlines(data, field, beside);
  try {
    lines.start(header);
    for (let top = 0; top < height; top += rows) {
      const here = Math.min(rows, height - top);
      for (let row = 0; row < here; row++)
        toPixels(lines.take() ?? (await lines.next()), header, strip, row * width, 1);
      yield strip.subarray(0, here * width * 4);
    }
  } finally {
    lines.close();
  }
}

/** The passes of Adam7: the first column and row of each, and its steps. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

async function deinterlace(header: Header, data: Buffer[], field: string): Promise<Picture> {
  const { width, height } = header;
  if (width * height > maxInterlacedPixels) {
    const what = `is interlaced and has more than ${maxInterlacedPixels} pixels. Save it without interlacing`;
    throw refused('image_too_large', field, what);
  }
  const pixels = new Uint8Array(width * height * 4);
  const lines = new Scanlines(data, field);
  try {
    for (const [left, top, stepX, stepY] of passes) {
      const pass = { ...header, width: Math.ceil((width - left) / stepX) };
      if (pass.width <= 0) continue;
      lines.start(pass);
      for (let y = top; y < height; y += stepY)
        toPixels(lines.take() ?? (await lines.next()), pass, pixels, y * width + left, stepX);
    }
  } finally {
    lines.close();
  }
  return pictureOf({ width, height, data: pixels });
}

/** The scanlines of pixel data, unfiltered. It decompresses as they are taken, and no more than that. */
class Scanlines {
  readonly #inflate = createInflate({ chunkSize: inflatedChunk });
  readonly #chunks: AsyncIterator<Buffer>;
  #chunk: Uint8Array = new Uint8Array(0);
  /** Bytes of the chunk that were taken. */
  #taken = 0;
  /** The next one, as far as it is here. */
  #line = scanlineOf(0);
  #filled = 0;
  #above = scanlineOf(0);
  #step = 1;
  #number = 0;
  /** Whether the line above is the same in the other picture. */
  #isSameAbove = true;

  constructor(
    data: Buffer[],
    private readonly field: string,
    private readonly beside: Beside = {},
  ) {
    const source = Readable.from(data);
    this.#inflate.on('close', () => source.destroy());
    this.#chunks = source.pipe(this.#inflate)[Symbol.asyncIterator]();
  }

  /** The lines that follow are those of a picture or a pass with this layout. */
  start(layout: Layout): void {
    this.#line = scanlineOf(lineBytes(layout));
    this.#above = scanlineOf(lineBytes(layout));
    this.#step = Math.max(1, (layout.samples * layout.depth) >> 3);
  }

  /** The next line, valid until the one after the next is taken; undefined while it is not decompressed. */
  take(): Scanline | undefined {
    const line = this.#line;
    const { whole } = line;
    const end = Math.min(this.#chunk.length, this.#taken + whole.length - this.#filled);
    whole.set(this.#chunk.subarray(this.#taken, end), this.#filled);
    this.#filled += end - this.#taken;
    this.#taken = end;
    if (this.#filled < whole.length) return undefined;
    this.#takeFilterOff(line);
    this.#filled = 0;
    this.#line = this.#above;
    this.#above = line;
    this.#number++;
    return line;
  }

  #takeFilterOff(line: Scanline): void {
    const { whole, plain } = line;
    const { keep, other } = this.beside;
    const [number, step] = [this.#number, this.#step];
    const same = other?.get(number, step);
    if (same && this.#isSameAbove && areEqual(same.filtered, whole)) {
      plain.set(same.plain);
      return;
    }
    const kept = keep?.keep(number, step, whole);
    if (!unfilter(line, this.#above, step))
      throw broken(this.field, `a scanline names the filter ${whole[0]}, which does not exist`);
    kept?.plain.set(plain);
    this.#isSameAbove = same !== undefined && areEqual(same.plain, plain);
  }

  async next(): Promise<Scanline> {
    for (;;) {
      const { value, done } = await this.#more();
      if (done) throw broken(this.field, 'it has fewer pixels than its header says');
      this.#chunk = value;
      this.#taken = 0;
      const line = this.take();
      if (line) return line;
    }
  }

  close(): void {
    this.#inflate.destroy();
  }

  async #more(): Promise<IteratorResult<Buffer, undefined>> {
    try {
      return (await this.#chunks.next()) as IteratorResult<Buffer, undefined>;
    } catch (cause) {
      throw broken(this.field, cause instanceof Error ? cause.message : String(cause), cause);
    }
  }
}

function broken(field: string, why: string, cause?: unknown): Error {
  return refused('broken_png', field, `is a broken PNG: ${why}`, cause);
}
