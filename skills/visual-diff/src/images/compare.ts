import type { Box, Comparison, Rectangle, Region } from '../schema.js';
import { type Cells, cellSize, pixelClass } from './cells.js';
import { drawDifference } from './draw.js';
import { greyOf } from './grey.js';
import type { Picture } from './picture.js';
import { type ChangedCells, type Changes, changesIn, commonStep, withShifts } from './regions.js';
import { Rows } from './rows.js';
import { scan } from './scan.js';
import { SeenLines } from './seen-lines.js';
import { shiftsIn } from './shifts.js';
import { isText } from './text.js';

/** Text wraps and scales on a small screen, so a little more difference counts as no change there. */
export const minSsim = { desktop: 0.98, mobile: 0.97 };

/** Used when a caller sets only the other limit. */
const defaultChangedRatio = 0.01;

const maxRegions = 100;

/** What makes two pictures the same. */
export interface Limits {
  /** With this or `maxChangedRatio`, both decide; without them, any region that has changed does. */
  minSsim: number | undefined;
  maxChangedRatio: number | undefined;
  defaultMinSsim: number;
  /** 0 to 1; undefined judges as people see. */
  colorThreshold: number | undefined;
  /** Pixels; undefined tolerates one in parts of the picture, and none in the whole of it. */
  maxShift: number | undefined;
  masks: Rectangle[];
}

/** Compares two pictures from the top to the bottom. Where one is larger than the other, that part has changed. */
export async function compareImages(before: Picture, after: Picture, limits: Limits): Promise<Comparison> {
  const width = Math.max(before.width, after.width);
  const height = Math.max(before.height, after.height);
  const shared = {
    width: Math.min(before.width, after.width),
    height: Math.min(before.height, after.height),
  };
  const classes = new Uint8Array(shared.width * shared.height);
  const cells = await measure(before, after, shared, limits, classes);
  const found = await regionsIn({ before, after, cells, classes }, limits);
  const regions = [...found, ...sizeRegions(before, after)].sort(
    (a, b) => b.width * b.height - a.width * a.height,
  );
  const canvas = enlarge(classes, shared, { width, height });
  const changed = count(canvas, pixelClass.changed);
  const changedRatio = changed / (width * height);
  const outside = width * height - shared.width * shared.height;
  const ssim = 1 - (cells.dissimilarity + outside) / (width * height);
  return {
    pass: isPass(ssim, changedRatio, regions, limits),
    width,
    height,
    changed_pixels: changed,
    changed_ratio: round(changedRatio),
    ssim: round(ssim),
    boxes: regions.slice(0, maxRegions).map(({ x, y, width, height }) => ({ x, y, width, height })),
    regions: regions.slice(0, maxRegions),
    diff: (await drawDifference(canvas, width, height)).toString('base64'),
  };
}

interface Size {
  width: number;
  height: number;
}

async function measure(
  before: Picture,
  after: Picture,
  { width, height }: Size,
  limits: Limits,
  classes: Uint8Array,
) {
  const seen = new SeenLines();
  const rows = {
    before: new Rows(before, limits.masks, { keep: seen }),
    after: new Rows(after, limits.masks, { other: seen }),
  };
  try {
    return await scan({ ...rows, width, rows: height, ...sensitivity(limits) }, classes);
  } finally {
    await Promise.all([rows.before.close(), rows.after.close()]);
  }
}

/** Levels of brightness in a `color_threshold` of 1. */
const levelsOfThreshold = 260;

function sensitivity({ colorThreshold, maxShift }: Limits) {
  if (colorThreshold === undefined)
    return { tolerance: { levels: 4, floor: 6 }, mayMove: maxShift === undefined || maxShift > 0 };
  const levels = Math.round(colorThreshold * levelsOfThreshold);
  return { tolerance: { levels, floor: 0 }, mayMove: maxShift !== undefined && maxShift > 0 };
}

interface Measured {
  before: Picture;
  after: Picture;
  cells: Cells;
  classes: Uint8Array;
}

async function regionsIn(measured: Measured, limits: Limits): Promise<Region[]> {
  const { cells, classes } = measured;
  const step = limits.maxShift === undefined ? commonStep(cells) : undefined;
  if (step) return [movedPage(cells, classes, step)];
  const everyPixel = limits.colorThreshold !== undefined;
  const changes = changesIn(cells, everyPixel ? 'every pixel' : 'what people see');
  settle(cells, classes, changes);
  const regions = await told(measured, changes, limits.masks);
  return regions.flatMap(({ kind, cells: region, dx, dy }) => {
    const box = tighten(cells, classes, region);
    return box ? { kind, ...box, ...(dx !== undefined && { dx, dy }) } : [];
  });
}

/** Pixels that are read again to see what has moved: 1280 x 9375. Two bytes of memory for each. */
const mostMovedPixels = 12_000_000;

const linesAround = 4;

/** The regions, with what has moved as shifts, and texts as texts. For that, the rows that have changed are read once more. */
async function told(
  { before, after, cells }: Measured,
  changes: Changes,
  masks: Rectangle[],
): Promise<ChangedCells[]> {
  const { columns, width } = cells;
  if (changes.regions.every(({ kind }) => kind === 'colour')) return changes.regions;
  const lines = [...changes.changed].map((cell) => Math.floor(cell / columns));
  // With what is around them: a letter is known by those beside it.
  const first = Math.max(0, lines.reduce((least, line) => Math.min(least, line), Infinity) - linesAround);
  const end = Math.min(cells.lines, lines.reduce((most, line) => Math.max(most, line), 0) + 1 + linesAround);
  const top = first * cellSize;
  const rows = Math.min(end * cellSize, cells.rows) - top;
  if (rows * width > mostMovedPixels) return changes.regions;
  const [was, is] = [
    await greyOf(before, masks, { width, top, rows }),
    await greyOf(after, masks, { width, top, rows }),
  ];
  const skipped = first * columns;
  const band = new Set([...changes.changed].map((cell) => cell - skipped));
  const shifts = shiftsIn({ columns, lines: end - first }, band, was, is);
  const regions = withShifts(
    cells,
    changes,
    shifts.map((shift) => ({ ...shift, cells: shift.cells.map((cell) => cell + skipped) })),
  ).sort((a, b) => b.cells.length - a.cells.length);
  return regions.map((region, i) => {
    if (region.kind !== 'changed' || i >= maxRegions) return region;
    const places = region.cells.map((cell) => cell - skipped);
    return isText(was, places) && isText(is, places) ? { ...region, kind: 'text' } : region;
  });
}

function movedPage({ width, rows }: Cells, classes: Uint8Array, step: { dx: number; dy: number }): Region {
  for (let i = 0; i < classes.length; i++)
    if (classes[i] === pixelClass.noise) classes[i] = pixelClass.changed;
  return { kind: 'shift', x: 0, y: 0, width, height: rows, ...step };
}

/** Now that the regions are known, the pixels outside of them are noise, and all of an area with a new colour is changed. */
function settle(cells: Cells, classes: Uint8Array, { changed, recoloured }: Changes): void {
  for (let cell = 0; cell < cells.columns * cells.lines; cell++) {
    if (cells.amount[cell] === 0 && cells.excess[cell] === 0) continue;
    for (const i of pixelsOf(cells, cell)) {
      const value = classes[i] ?? 0;
      if (value === pixelClass.changed && !changed.has(cell)) classes[i] = pixelClass.noise;
      if (value >= pixelClass.slight && recoloured.has(cell)) classes[i] = pixelClass.changed;
    }
  }
}

function* pixelsOf({ columns, width, rows }: Cells, cell: number): Generator<number> {
  const [left, top] = [(cell % columns) * cellSize, Math.floor(cell / columns) * cellSize];
  for (let y = top; y < Math.min(top + cellSize, rows); y++)
    for (let x = left; x < Math.min(left + cellSize, width); x++) yield y * width + x;
}

/** The box of the changed pixels in these cells. */
function tighten(cells: Cells, classes: Uint8Array, region: number[]): Box | undefined {
  let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
  for (const cell of region) {
    for (const i of pixelsOf(cells, cell)) {
      if (classes[i] !== pixelClass.changed) continue;
      const [x, y] = [i % cells.width, Math.floor(i / cells.width)];
      left = Math.min(left, x);
      top = Math.min(top, y);
      right = Math.max(right, x);
      bottom = Math.max(bottom, y);
    }
  }
  if (right < 0) return undefined;
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

function sizeRegions(before: Picture, after: Picture): Region[] {
  const [width, height] = [Math.max(before.width, after.width), Math.max(before.height, after.height)];
  const [sharedWidth, sharedHeight] = [
    Math.min(before.width, after.width),
    Math.min(before.height, after.height),
  ];
  const right: Region[] =
    width > sharedWidth ? [{ kind: 'size', x: sharedWidth, y: 0, width: width - sharedWidth, height }] : [];
  const bottom: Region[] =
    height > sharedHeight
      ? [{ kind: 'size', x: 0, y: sharedHeight, width: sharedWidth, height: height - sharedHeight }]
      : [];
  return [...right, ...bottom];
}

function enlarge(classes: Uint8Array, shared: Size, { width, height }: Size): Uint8Array {
  if (shared.width === width && shared.height === height) return classes;
  const canvas = new Uint8Array(width * height).fill(pixelClass.changed);
  for (let y = 0; y < shared.height; y++)
    canvas.set(classes.subarray(y * shared.width, (y + 1) * shared.width), y * width);
  return canvas;
}

function isPass(ssim: number, changedRatio: number, regions: Region[], limits: Limits): boolean {
  if (limits.minSsim === undefined && limits.maxChangedRatio === undefined) return regions.length === 0;
  return (
    ssim >= (limits.minSsim ?? limits.defaultMinSsim) &&
    changedRatio <= (limits.maxChangedRatio ?? defaultChangedRatio)
  );
}

function count(values: Uint8Array, wanted: number): number {
  let found = 0;
  // Most pictures have few, and this is native code.
  for (let i = values.indexOf(wanted); i >= 0; i = values.indexOf(wanted, i))
    while (values[i++] === wanted) found++;
  return found;
}

function round(ratio: number): number {
  return Math.round(ratio * 1_000_000) / 1_000_000;
}
