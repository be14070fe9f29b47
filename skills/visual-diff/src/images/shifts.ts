import { cellSize } from './cells.js';
import type { Grey } from './grey.js';
import { type Move, movesIn, placeOf } from './moves.js';
import { connected, type Grid, neighbours } from './regions.js';

/** Like no brightness. */
const outside = -1000;

/** Cells that touch, and what is in them has moved together. */
export interface Shift {
  cells: number[];
  dx: number;
  dy: number;
}

/** In a group of cells that has moved, at least so many are the only ones that look like it. */
const leastSeen = 2;

/** Enough cells to know the colour of what is around a region. */
const enoughBeside = 400;

/**
 * The parts of a picture that have moved: where they are now, and where they were if only the surroundings are left there.
 * @param changed the cells that have changed, all of them in these rows
 */
export function shiftsIn(cells: Grid, changed: ReadonlySet<number>, before: Grey, after: Grey): Shift[] {
  const behind = new Map<number, number>();
  for (const region of connected(cells, (cell) => changed.has(cell))) {
    const colour = colourAround(cells, region, changed, after);
    for (const cell of region) behind.set(cell, colour);
  }
  const left = new Set(changed);
  return movesIn(before, after, [...changed]).flatMap((move) => {
    const moved = [...left].filter((cell) =>
      isMoved({ before, after }, cell, move, behind.get(cell) ?? outside),
    );
    const chosen = new Set(moved);
    const groups = connected(cells, (cell) => chosen.has(cell)).filter((group) => isSeen(move, group));
    for (const cell of groups.flat()) left.delete(cell);
    return groups.map((group) => ({ cells: group, dx: move.dx, dy: move.dy }));
  });
}

function isSeen({ seen }: Move, group: number[]): boolean {
  const cells = new Set(group);
  return seen.filter(({ from, to }) => cells.has(from) || cells.has(to)).length >= leastSeen;
}

/**
 * Whether the pixels of a cell that differ have come from where the move says, or have left for there and only their
 * surroundings remain. A rounded corner is drawn with other levels at another place, so a few need not.
 */
function isMoved(
  { before, after }: { before: Grey; after: Grey },
  cell: number,
  { dx, dy }: Move,
  behind: number,
): boolean {
  const { x, y } = placeOf(cell, before.width);
  const { width, rows } = before;
  const at = (picture: Grey, column: number, row: number) =>
    column < 0 || column >= width || row < 0 || row >= rows
      ? outside
      : (picture.bytes[row * width + column] ?? outside);
  let [differing, unexplained] = [0, 0];
  for (let row = y; row < Math.min(y + cellSize, rows); row++) {
    for (let column = x; column < Math.min(x + cellSize, width); column++) {
      const [was, is] = [at(before, column, row), at(after, column, row)];
      if (isSame(was, is)) continue;
      differing++;
      if (isSame(is, at(before, column - dx, row - dy))) continue;
      if (!isSame(is, behind) || !isSame(was, at(after, column + dx, row + dy))) unexplained++;
    }
  }
  return unexplained <= differing * 0.15;
}

function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) <= 6;
}

/** The most frequent colour of the cells beside a region. @returns `outside` when nothing is */
function colourAround(
  { columns, lines }: Grid,
  region: number[],
  changed: ReadonlySet<number>,
  after: Grey,
): number {
  const beside = new Set<number>();
  for (const cell of region) {
    for (const next of neighbours(cell, columns, lines)) if (!changed.has(next)) beside.add(next);
    if (beside.size > enoughBeside) break;
  }
  const counts = new Uint32Array(256);
  for (const cell of beside) {
    const { x, y } = placeOf(cell, after.width);
    for (let row = y; row < Math.min(y + cellSize, after.rows); row++)
      for (let i = row * after.width + x; i < row * after.width + Math.min(x + cellSize, after.width); i++)
        counts[after.bytes[i] ?? 0] = (counts[after.bytes[i] ?? 0] ?? 0) + 1;
  }
  const most = Math.max(...counts);
  return most === 0 ? outside : counts.indexOf(most);
}
