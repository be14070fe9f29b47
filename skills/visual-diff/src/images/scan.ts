import { Cells, cellSize, measureLine, type Measuring, pixelClass } from './cells.js';
import type { Pair, Tolerance } from './noise.js';
import { type Rows, stripRows } from './rows.js';

/** Rows that a cell needs above and below it: a step, and the neighbours there. */
const margin = cellSize;

export interface Scan {
  before: Rows;
  after: Rows;
  width: number;
  rows: number;
  tolerance: Tolerance;
  mayMove: boolean;
}

/**
 * Compares the next rows of two pictures.
 * @param classes receives the class of each pixel: a byte from `pixelClass`, with the brightness in `grey` and `slight`
 */
export async function scan(
  { before, after, width, rows, tolerance, mayMove }: Scan,
  classes: Uint8Array,
): Promise<Cells> {
  const cells = new Cells(width, rows);
  const bytes = width * 4;
  const held = new Held(bytes, margin * 2 + stripRows);
  for (let done = 0; done < cells.lines;) {
    const more = Math.min(stripRows, rows - held.end);
    await held.append(before, after, more, width);
    // The last cells wait for the rows below them.
    const lines = held.end === rows ? cells.lines : held.end / cellSize - 1;
    const pair: Pair = { ...held.rows(), width, start: held.start, total: rows };
    for (; done < lines; done++) {
      const y = done * cellSize;
      const line = classes.subarray(y * width, Math.min(y + cellSize, rows) * width);
      paintGrey(pair.before.subarray((y - held.start) * bytes), line);
      const measuring: Measuring = { cells, pair, tolerance, mayMove, classes: line };
      if (held.differs(y, line.length * 4)) measureLine(measuring, done, y - held.start, line.length / width);
    }
  }
  return cells;
}

/** In whole numbers, since it looks at every pixel: the weights of `brightness`, halved, as shares of 512. */
function paintGrey(pixels: Uint8Array, line: Uint8Array): void {
  for (let x = 0, i = 0; x < line.length; x++, i += 4) {
    const sum = 77 * (pixels[i] ?? 0) + 150 * (pixels[i + 1] ?? 0) + 29 * (pixels[i + 2] ?? 0);
    line[x] = pixelClass.grey + (sum >> 9);
  }
}

/** The rows of both pictures that are in memory. */
class Held {
  readonly #before: Buffer;
  readonly #after: Buffer;
  start = 0;
  end = 0;

  constructor(
    private readonly bytes: number,
    private readonly capacity: number,
  ) {
    this.#before = Buffer.alloc(bytes * capacity);
    this.#after = Buffer.alloc(bytes * capacity);
  }

  async append(before: Rows, after: Rows, rows: number, width: number): Promise<void> {
    const spare = this.end - this.start + rows - this.capacity;
    if (spare > 0) this.#forget(this.end - this.start - margin * 2);
    const at = (this.end - this.start) * this.bytes;
    // In turn, so that the second one finds the lines of the first. Both decompress what is next meanwhile.
    await before.read(this.#before.subarray(at), rows, width);
    await after.read(this.#after.subarray(at), rows, width);
    this.end += rows;
  }

  rows(): { before: Uint8Array; after: Uint8Array; rows: number } {
    const rows = this.end - this.start;
    const size = rows * this.bytes;
    return { before: this.#before.subarray(0, size), after: this.#after.subarray(0, size), rows };
  }

  differs(y: number, length: number): boolean {
    const at = (y - this.start) * this.bytes;
    return this.#before.compare(this.#after, at, at + length, at, at + length) !== 0;
  }

  #forget(rows: number): void {
    for (const pixels of [this.#before, this.#after]) pixels.copyWithin(0, rows * this.bytes);
    this.start += rows;
  }
}
