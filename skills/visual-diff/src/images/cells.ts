import { excess, type Pair, type Tolerance } from './noise.js';

/** Pixels are judged in cells of this size: about a letter. */
export const cellSize = 8;

/** Most of an excess that a cell may keep and still count as moved. */
const movedCell = 200;

/** The steps to a neighbouring pixel. */
const steps = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
  [1, 1],
  [1, -1],
  [-1, 1],
  [-1, -1],
] as const;

/** What a pixel is in the picture of the difference. */
export const pixelClass = { grey: 0, slight: 128, noise: 254, changed: 255 } as const;

export interface Channels<T> {
  low: [T, T, T];
  high: [T, T, T];
}

/** What is measured in each cell of two pictures of one size. */
export class Cells {
  readonly columns: number;
  readonly lines: number;
  /** Sum of the excess that neither rendering noise nor a tolerated move explains. */
  readonly excess: Float32Array;
  /** Sum of all differences, in levels, a third for each channel. */
  readonly amount: Float32Array;
  /** Sums of `after` minus `before`, by channel. */
  readonly balance: [Float32Array, Float32Array, Float32Array];
  readonly before: Channels<Uint8Array>;
  readonly after: Channels<Uint8Array>;
  /** Correlation of the brightness, -1 to 1; 1 where both are flat. */
  readonly structure: Float32Array;
  /** Sum of 1 - SSIM over all pixels, each with the SSIM of its cell. */
  dissimilarity = 0;
  /** Cells that differ visibly. */
  differing = 0;
  /** How many of these are the same at one step to a side, by step. */
  readonly moved = steps.map(([dx, dy]) => ({ dx, dy, cells: 0 }));

  constructor(
    readonly width: number,
    readonly rows: number,
  ) {
    this.columns = Math.ceil(width / cellSize);
    this.lines = Math.ceil(rows / cellSize);
    const count = this.columns * this.lines;
    const floats = () => new Float32Array(count);
    const bytes = () => new Uint8Array(count);
    this.excess = floats();
    this.amount = floats();
    this.balance = [floats(), floats(), floats()];
    this.structure = floats().fill(1);
    this.before = { low: [bytes(), bytes(), bytes()], high: [bytes(), bytes(), bytes()] };
    this.after = { low: [bytes(), bytes(), bytes()], high: [bytes(), bytes(), bytes()] };
  }
}

export interface Measuring {
  cells: Cells;
  pair: Pair;
  tolerance: Tolerance;
  /** Whether a cell that has moved by a pixel counts as noise. */
  mayMove: boolean;
  /** One byte for each pixel of the line of cells, from `pixelClass`. */
  classes: Uint8Array;
}

/** A cell in a pair of rows. */
interface Area {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/**
 * Measures a line of cells.
 * @param line its number from the top of the pictures
 * @param top its first row in the pair
 * @param rows its rows: 8, and less at the lower end
 */
export function measureLine(measuring: Measuring, line: number, top: number, rows: number): void {
  const { cells, pair } = measuring;
  for (let column = 0; column < cells.columns; column++) {
    const left = column * cellSize;
    const area = { left, top, right: Math.min(left + cellSize, pair.width), bottom: top + rows };
    if (differs(pair, area)) measureCell(measuring, line * cells.columns + column, area);
  }
}

function differs({ before, after, width }: Pair, { left, top, right, bottom }: Area): boolean {
  for (let y = top; y < bottom; y++) {
    const end = (y * width + right) * 4;
    for (let i = (y * width + left) * 4; i < end; i++) if (before[i] !== after[i]) return true;
  }
  return false;
}

function measureCell(measuring: Measuring, cell: number, area: Area): void {
  const { cells, pair, tolerance } = measuring;
  const largest = sumDifferences(cells, pair, cell, inside(pair, area));
  measureExtent(cells.before, pair.before, pair, cell, area);
  measureExtent(cells.after, pair.after, pair, cell, area);
  measureStructure(cells, pair, cell, area);
  const strong = excessOf(measuring, area, 0, 0, Infinity);
  const left = strong > 0 && measuring.mayMove ? leastExcess(measuring, area, strong) : strong;
  cells.excess[cell] = left;
  if (largest > tolerance.levels) countMoves(measuring, area);
  classify(measuring, area, left < strong);
}

/** Without the frame of the picture: a move by less than a pixel lets something in there that was not to be seen. */
function inside({ width, start, total }: Pair, { left, top, right, bottom }: Area): Area {
  return {
    left: Math.max(left, 1),
    top: Math.max(top, 1 - start),
    right: Math.min(right, width - 1),
    bottom: Math.min(bottom, total - start - 1),
  };
}

/** @returns the largest difference of a channel */
function sumDifferences(cells: Cells, { before, after, width }: Pair, cell: number, area: Area): number {
  let [largest, amount] = [0, 0];
  for (let channel = 0; channel < 3; channel++) {
    let sum = 0;
    for (let y = area.top; y < area.bottom; y++) {
      const end = (y * width + area.right) * 4;
      for (let i = (y * width + area.left) * 4 + channel; i < end; i += 4) {
        const difference = (after[i] ?? 0) - (before[i] ?? 0);
        const size = Math.abs(difference);
        sum += difference;
        amount += size;
        if (size > largest) largest = size;
      }
    }
    const balance = cells.balance[channel];
    if (balance) balance[cell] = sum;
  }
  cells.amount[cell] = amount / 3;
  return largest;
}

/** Two pixels around the cell count too: an edge between two cells has a colour on either side. */
function measureExtent(
  extent: Channels<Uint8Array>,
  pixels: Uint8Array,
  { width, rows }: Pair,
  cell: number,
  area: Area,
): void {
  const left = Math.max(0, area.left - 2);
  const right = Math.min(width, area.right + 2);
  const bottom = Math.min(rows, area.bottom + 2);
  for (let channel = 0; channel < 3; channel++) {
    let [low, high] = [255, 0];
    for (let y = Math.max(0, area.top - 2); y < bottom; y++) {
      const end = (y * width + right) * 4;
      for (let i = (y * width + left) * 4 + channel; i < end; i += 4) {
        const level = pixels[i] ?? 0;
        if (level < low) low = level;
        if (level > high) high = level;
      }
    }
    const [lows, highs] = [extent.low[channel], extent.high[channel]];
    if (lows) lows[cell] = low;
    if (highs) highs[cell] = high;
  }
}

/** Brightness as ITU-R BT.601 has it, 0 to 255. */
export function brightness(pixels: Uint8Array, i: number): number {
  return 0.299 * (pixels[i] ?? 0) + 0.587 * (pixels[i + 1] ?? 0) + 0.114 * (pixels[i + 2] ?? 0);
}

/** SSIM after Wang et al. (2004), with the cell as its window. */
function measureStructure(cells: Cells, { before, after, width }: Pair, cell: number, area: Area): void {
  let [a, b, aa, bb, ab, count] = [0, 0, 0, 0, 0, 0];
  for (let y = area.top; y < area.bottom; y++) {
    for (let x = area.left; x < area.right; x++) {
      const i = (y * width + x) * 4;
      const [p, q] = [brightness(before, i), brightness(after, i)];
      a += p;
      b += q;
      aa += p * p;
      bb += q * q;
      ab += p * q;
      count++;
    }
  }
  const [meanA, meanB] = [a / count, b / count];
  const varianceA = Math.max(0, aa / count - meanA * meanA);
  const varianceB = Math.max(0, bb / count - meanB * meanB);
  const covariance = ab / count - meanA * meanB;
  const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
  const ssim =
    ((2 * meanA * meanB + c1) * (2 * covariance + c2)) /
    ((meanA * meanA + meanB * meanB + c1) * (varianceA + varianceB + c2));
  cells.dissimilarity += (1 - ssim) * count;
  const [flatA, flatB] = [varianceA < flat, varianceB < flat];
  if (flatA !== flatB) cells.structure[cell] = 0;
  else if (!flatA) cells.structure[cell] = covariance / Math.sqrt(varianceA * varianceB);
}

/** Variance of the brightness below which a cell has no edges. */
const flat = 4;

function excessOf(measuring: Measuring, area: Area, dx: number, dy: number, enough: number): number {
  const { pair, tolerance } = measuring;
  let sum = 0;
  for (let y = area.top; y < area.bottom; y++) {
    for (let x = area.left; x < area.right; x++) sum += excess(pair, x, y, dx, dy, tolerance);
    if (sum > enough) return sum;
  }
  return sum;
}

/** What is left of the excess at the step that explains most of it. */
function leastExcess(measuring: Measuring, area: Area, strong: number): number {
  let [least, enough] = [strong, Math.min(strong, movedCell)];
  for (const [dx, dy] of steps) {
    const sum = excessOf(measuring, area, dx, dy, enough);
    if (sum < enough) least = enough = sum;
  }
  return least;
}

function countMoves({ cells, pair, tolerance }: Measuring, area: Area): void {
  cells.differing++;
  for (const step of cells.moved) if (isSameAt(pair, area, step.dx, step.dy, tolerance.levels)) step.cells++;
}

function isSameAt(pair: Pair, area: Area, dx: number, dy: number, levels: number): boolean {
  const { before, after, width, rows } = pair;
  for (let y = area.top; y < area.bottom; y++) {
    for (let x = area.left; x < area.right; x++) {
      const [x2, y2] = [x + dx, y + dy];
      if (x2 < 0 || y2 < 0 || x2 >= width || y2 >= rows) continue;
      const [i, j] = [(y * width + x) * 4, (y2 * width + x2) * 4];
      for (let channel = 0; channel < 3; channel++)
        if (Math.abs((before[i + channel] ?? 0) - (after[j + channel] ?? 0)) > levels) return false;
    }
  }
  return true;
}

function classify({ pair, tolerance, classes }: Measuring, area: Area, moved: boolean): void {
  const { before, after, width } = pair;
  for (let y = area.top; y < area.bottom; y++) {
    for (let x = area.left; x < area.right; x++) {
      const i = (y * width + x) * 4;
      const difference = largestDifference(before, after, i);
      if (difference === 0) continue;
      const at = (y - area.top) * width + x;
      if (!moved && excess(pair, x, y, 0, 0, tolerance) > 0) classes[at] = pixelClass.changed;
      else if (difference > tolerance.levels) classes[at] = pixelClass.noise;
      else classes[at] = pixelClass.slight + (brightness(before, i) >> 2);
    }
  }
}

function largestDifference(before: Uint8Array, after: Uint8Array, i: number): number {
  return Math.max(
    Math.abs((before[i] ?? 0) - (after[i] ?? 0)),
    Math.abs((before[i + 1] ?? 0) - (after[i + 1] ?? 0)),
    Math.abs((before[i + 2] ?? 0) - (after[i + 2] ?? 0)),
  );
}
