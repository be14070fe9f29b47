import { type Cells, cellSize, type Channels } from './cells.js';

/** Excess in levels from which a region is a change: a comma in small text has five times as much. */
const leastExcess = 300;

/** Sum of differences in levels from which a change of colour counts. */
const leastAmount = 1500;

/** Mean difference of a cell, in levels, from which it can be part of a change of colour. */
const visibleMean = 1;

/** Share of a change that goes in one direction: what only moves gets darker here and brighter there. */
const oneDirection = 0.8;

/**
 * Strokes that became thicker or thinner keep their colours, and most of their pixels change in one direction; where they only moved
 * between pixels, as many become darker as lighter. Measured: 0.45 to 0.82 for another weight of a font, up to 0.36 for noise.
 */
const heavier = { amount: 6000, direction: 0.5, filled: 0.6 };

/** How far the darkest or brightest colour of a region must change, in levels, and as a share of its contrast. */
const otherColour = { levels: 3, share: 0.12 };

/** A cell without edges, in levels, and how much its colour must change. This many of them are an area. */
const flatCell = { contrast: 8, change: 2.5, count: 8 };

/** How many cells there are in a line, and lines. */
export type Grid = Pick<Cells, 'columns' | 'lines'>;

/** Cells that touch each other and have changed. */
export interface ChangedCells {
  cells: number[];
  kind: 'colour' | 'added' | 'removed' | 'changed' | 'text' | 'shift';
  /** How far a shift has moved, in pixels. */
  dx?: number;
  dy?: number;
}

export interface Changes {
  regions: ChangedCells[];
  /** All cells of the regions. */
  changed: Set<number>;
  /** Those in which every difference counts, since an area has another colour. */
  recoloured: Set<number>;
}

/** The regions that have changed: those with an excess that is no noise, and those that have other colours. */
export function changesIn(cells: Cells, sight: 'every pixel' | 'what people see'): Changes {
  const [changed, recoloured] = [new Set<number>(), new Set<number>()];
  for (const region of connected(cells, (cell) => at(cells.excess, cell) > 0)) {
    if (sight === 'what people see' && sum(cells.excess, region) < leastExcess) continue;
    for (const cell of region) changed.add(cell);
  }
  const size = cellSize * cellSize;
  const isVisible = (cell: number) => at(cells.amount, cell) / size >= visibleMean;
  for (const region of sight === 'what people see' ? connected(cells, isVisible) : []) {
    if (isRecoloured(cells, region)) for (const cell of region) recoloured.add(cell);
  }
  for (const cell of recoloured) changed.add(cell);
  return { regions: regionsOf(cells, changed), changed, recoloured };
}

function regionsOf(cells: Cells, chosen: ReadonlySet<number>): ChangedCells[] {
  return connected(cells, (cell) => chosen.has(cell)).map((region) => ({
    cells: region,
    kind: kindOf(cells, region),
  }));
}

/** The regions once it is known what has moved. A rest that is too weak to be a change belongs to the shift it touches. */
export function withShifts(
  cells: Cells,
  { changed }: Changes,
  shifts: { cells: number[]; dx: number; dy: number }[],
): ChangedCells[] {
  const shiftOf = new Map(shifts.flatMap((shift) => shift.cells.map((cell) => [cell, shift] as const)));
  const rest = regionsOf(cells, new Set([...changed].filter((cell) => !shiftOf.has(cell))));
  const own = rest.filter((region) => {
    if (sum(cells.excess, region.cells) >= leastExcess) return true;
    const beside = region.cells.flatMap((cell) => [...neighbours(cell, cells.columns, cells.lines)]);
    const touched = beside.map((cell) => shiftOf.get(cell)).find((shift) => shift !== undefined);
    touched?.cells.push(...region.cells);
    return touched === undefined;
  });
  return [...shifts.map((shift) => ({ kind: 'shift' as const, ...shift })), ...own];
}

/** The step to a side at which almost all that differs is the same, as when a page has moved. */
export function commonStep({ moved, differing }: Cells): { dx: number; dy: number } | undefined {
  const step = moved.find(({ cells }) => differing >= 20 && cells >= differing * 0.9);
  return step && { dx: step.dx, dy: step.dy };
}

function isRecoloured(cells: Cells, region: number[]): boolean {
  const amount = sum(cells.amount, region);
  if (amount < leastAmount) return false;
  if (region.filter((cell) => isFlatChange(cells, cell)).length >= flatCell.count) return true;
  const balance = cells.balance.reduce((total, channel) => total + Math.abs(sum(channel, region)), 0) / 3;
  if (
    balance >= amount * oneDirection &&
    channels.some((channel) => hasOtherExtremes(cells, region, channel))
  )
    return true;
  return amount >= heavier.amount && balance >= amount * heavier.direction && isBlock(cells, region);
}

/** Whether a region is filled, as a word is: an edge that moved to other pixels looks heavier too, but is a line. */
function isBlock({ columns }: Cells, region: number[]): boolean {
  const lines = region.map((cell) => Math.floor(cell / columns));
  const across = region.map((cell) => cell % columns);
  const [height, width] = [extent(lines), extent(across)];
  return height >= 2 && width >= 4 && region.length >= height * width * heavier.filled;
}

function extent(places: number[]): number {
  const [first = 0] = places;
  let [low, high] = [first, first];
  for (const place of places) [low, high] = [Math.min(low, place), Math.max(high, place)];
  return high - low + 1;
}

const channels = [0, 1, 2] as const;

function isFlatChange({ before, after, balance }: Cells, cell: number): boolean {
  const isFlat = channels.every((channel) =>
    [before, after].every(
      ({ low, high }) => at(high[channel], cell) - at(low[channel], cell) <= flatCell.contrast,
    ),
  );
  const size = cellSize * cellSize;
  return isFlat && channels.some((channel) => Math.abs(at(balance[channel], cell)) / size >= flatCell.change);
}

function hasOtherExtremes({ before, after }: Cells, region: number[], channel: 0 | 1 | 2): boolean {
  const [lowA, highA] = extremes(before.low[channel], before.high[channel], region);
  const [lowB, highB] = extremes(after.low[channel], after.high[channel], region);
  const contrast = Math.max(highA - lowA, highB - lowB);
  const most = Math.max(Math.abs(lowA - lowB), Math.abs(highA - highB));
  return most >= Math.max(otherColour.levels, contrast * otherColour.share);
}

function extremes(lows: Uint8Array, highs: Uint8Array, region: number[]): [number, number] {
  let [low, high] = [255, 0];
  for (const cell of region) {
    low = Math.min(low, at(lows, cell));
    high = Math.max(high, at(highs, cell));
  }
  return [low, high];
}

/** Correlation of the brightness from which shapes are the same. */
const sameShape = 0.9;

/** Contrast in levels below which a cell shows nothing but its background. */
const blank = 16;

function kindOf(cells: Cells, region: number[]): ChangedCells['kind'] {
  if (sum(cells.structure, region) / region.length >= sameShape) return 'colour';
  const [before, after] = [blankShare(cells.before, region), blankShare(cells.after, region)];
  if (before >= 0.8 && after < 0.5) return 'added';
  if (after >= 0.8 && before < 0.5) return 'removed';
  return 'changed';
}

function blankShare({ low, high }: Channels<Uint8Array>, region: number[]): number {
  const isBlank = (cell: number) =>
    channels.every((channel) => at(high[channel], cell) - at(low[channel], cell) < blank);
  return region.filter(isBlank).length / region.length;
}

/** Groups of chosen cells that touch, also at a corner. */
export function connected({ columns, lines }: Grid, isChosen: (cell: number) => boolean): number[][] {
  const seen = new Uint8Array(columns * lines);
  const groups: number[][] = [];
  for (let start = 0; start < seen.length; start++) {
    if (seen[start] === 1 || !isChosen(start)) continue;
    seen[start] = 1;
    const group = [start];
    // The group grows while it is walked through.
    for (let i = 0; i < group.length; i++) {
      for (const next of neighbours(at(group, i), columns, lines)) {
        if (seen[next] === 1 || !isChosen(next)) continue;
        seen[next] = 1;
        group.push(next);
      }
    }
    groups.push(group);
  }
  return groups;
}

export function* neighbours(cell: number, columns: number, lines: number): Generator<number> {
  const [column, line] = [cell % columns, Math.floor(cell / columns)];
  for (let y = Math.max(0, line - 1); y <= Math.min(lines - 1, line + 1); y++) {
    for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++) yield y * columns + x;
  }
}

function sum(values: Float32Array, region: number[]): number {
  return region.reduce((total, cell) => total + at(values, cell), 0);
}

function at(values: ArrayLike<number>, i: number): number {
  return values[i] ?? 0;
}
