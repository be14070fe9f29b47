/** The same rows of two pictures of one size, 4 bytes a pixel. */
export interface Pair {
  before: Uint8Array;
  after: Uint8Array;
  width: number;
  rows: number;
  /** Row of the pictures that is the first one here. */
  start: number;
  /** Rows of the pictures. */
  total: number;
}

export interface Tolerance {
  /** Differences of a channel up to this are none. */
  levels: number;
  /** What of a difference rendering noise does not explain must be more than this. */
  floor: number;
}

/**
 * How far an edge may move within a pixel, as a share of it. Anti-aliasing and positions between pixels move edges by
 * less than that; a change of the page by whole pixels moves them by more.
 */
const subpixel = 0.6;

interface Range {
  low: number;
  high: number;
}

/**
 * How much of a pixel's difference cannot come from rendering, in levels of its channel that differs most; 0 to 255.
 *
 * A renderer that puts the same edges at other places between two pixels gives a pixel a colour between its own and those
 * of its neighbours. So a difference that such a mixture explains, in one of the pictures, is noise; but where one of the
 * pictures has no edge to move, nothing is.
 * @param dx compares with the pixel of `after` that is so much further to the right, and `dy` further down
 */
export function excess(
  pair: Pair,
  x: number,
  y: number,
  dx: number,
  dy: number,
  tolerance: Tolerance,
): number {
  const own = excessAt(pair, x, y, dx, dy, tolerance);
  if (own === 0 || dx !== 0 || dy !== 0 || tolerance.levels === 0) return own;
  // What moves in at the frame was not to be seen before, so there the pixel next to it must have changed too.
  const [inX, inY] = [inward(x, 0, pair.width), inward(y, -pair.start, pair.total - pair.start)];
  return inX === x && inY === y ? own : Math.min(own, excessAt(pair, inX, inY, 0, 0, tolerance));
}

function inward(at: number, first: number, end: number): number {
  if (end - first < 3) return at;
  return at === first ? at + 1 : at === end - 1 ? at - 1 : at;
}

function excessAt(pair: Pair, x: number, y: number, dx: number, dy: number, tolerance: Tolerance): number {
  const { before, after, width, rows } = pair;
  const [x2, y2] = [x + dx, y + dy];
  // What came from outside of the picture cannot be told from what is new.
  if (x2 < 0 || y2 < 0 || x2 >= width || y2 >= rows) return excessAt(pair, x, y, 0, 0, tolerance);
  let most = 0;
  for (let channel = 0; channel < 3; channel++) {
    const a = before[(y * width + x) * 4 + channel] ?? 0;
    const b = after[(y2 * width + x2) * 4 + channel] ?? 0;
    const difference = Math.abs(a - b);
    if (difference <= tolerance.levels || difference <= most) continue;
    const around = rangeAround(before, width, rows, x, y, channel, rangeA);
    const beside = rangeAround(after, width, rows, x2, y2, channel, rangeB);
    const left = unexplained(a, around, b, beside, difference) - tolerance.levels;
    if (left > most) most = left;
  }
  return most > tolerance.floor ? most : 0;
}

// Reused, since they are written millions of times.
const rangeA: Range = { low: 0, high: 0 };
const rangeB: Range = { low: 0, high: 0 };

function unexplained(a: number, around: Range, b: number, beside: Range, difference: number): number {
  const half = difference / 2;
  if (around.high - around.low < half || beside.high - beside.low < half) return difference;
  return Math.max(0, Math.min(beyond(a, around, b), beyond(b, beside, a)));
}

/** How far `other` lies beyond what a mixture of `own` and its neighbours can be. */
function beyond(own: number, { low, high }: Range, other: number): number {
  return other > own ? other - (own + subpixel * (high - own)) : own - subpixel * (own - low) - other;
}

/** The lowest and the highest level of a channel in a pixel and its eight neighbours. */
function rangeAround(
  pixels: Uint8Array,
  width: number,
  rows: number,
  x: number,
  y: number,
  channel: number,
  range: Range,
): Range {
  const left = x > 0 ? x - 1 : 0;
  const right = x < width - 1 ? x + 1 : x;
  const bottom = y < rows - 1 ? y + 1 : y;
  let low = 255;
  let high = 0;
  for (let row = y > 0 ? y - 1 : 0; row <= bottom; row++) {
    const end = (row * width + right) * 4 + channel;
    for (let i = (row * width + left) * 4 + channel; i <= end; i += 4) {
      const level = pixels[i] ?? 0;
      if (level < low) low = level;
      if (level > high) high = level;
    }
  }
  range.low = low;
  range.high = high;
  return range;
}
