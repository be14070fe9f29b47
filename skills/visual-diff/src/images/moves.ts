import { cellSize } from './cells.js';
import type { Grey } from './grey.js';

/** So far has a part of a picture moved: to the right, and down. */
export interface Move {
  dx: number;
  dy: number;
  /** From which cell something has moved to which one; it may reach into their neighbours. */
  seen: { from: number; to: number }[];
}

/** A window that is found elsewhere may be chance; three that agree are none. */
const leastSeen = 3;

const mostMoves = 12;

/**
 * The moves that parts of a picture have made. Each changed cell of `before` that is the only one with its shapes is
 * looked for at every place in the changed cells of `after`.
 */
export function movesIn(before: Grey, after: Grey, changed: number[]): Move[] {
  const sources = distinctCells(before, changed);
  const moves = new Map<string, Move>();
  for (const to of changed) {
    const { x, y } = placeOf(to, after.width);
    forEachWindow(after, x, y, (hash, left, top) => {
      const from = sources.get(hash);
      if (from === undefined || from < 0) return;
      const source = placeOf(from, before.width);
      const [dx, dy] = [left - source.x, top - source.y];
      const name = `${dx} ${dy}`;
      const move = moves.get(name) ?? { dx, dy, seen: [] };
      move.seen.push({ from, to });
      moves.set(name, move);
    });
  }
  return [...moves.values()]
    .filter(({ seen }) => seen.length >= leastSeen)
    .sort((a, b) => b.seen.length - a.seen.length)
    .slice(0, mostMoves);
}

/** The upper left pixel of a cell. */
export function placeOf(cell: number, width: number): { x: number; y: number } {
  const columns = Math.ceil(width / cellSize);
  return { x: (cell % columns) * cellSize, y: Math.floor(cell / columns) * cellSize };
}

/** Cells by the hash of their pixels; -1 where several have the same ones. */
function distinctCells(picture: Grey, changed: number[]): Map<number, number> {
  const cells = new Map<number, number>();
  for (const cell of changed) {
    const { x, y } = placeOf(cell, picture.width);
    if (x + cellSize > picture.width || y + cellSize > picture.rows || !hasShape(picture, x, y)) continue;
    const hash = hashOf(Array.from({ length: cellSize }, (_, row) => hashOfRow(picture, x, y + row)));
    cells.set(hash, cells.has(hash) ? -1 : cell);
  }
  return cells;
}

/** A line goes on beyond the cell, so that its place along itself is not known. */
function hasShape({ bytes, width }: Grey, x: number, y: number): boolean {
  let [across, down] = [false, false];
  for (let row = y; row < y + cellSize; row++) {
    for (let i = row * width + x; i < row * width + x + cellSize; i++) {
      if (bytes[i] !== bytes[row * width + x]) across = true;
      if (bytes[i] !== bytes[i - (row - y) * width]) down = true;
    }
  }
  return across && down;
}

/** Calls back for each window of the size of a cell whose upper left pixel is in the cell at this place. */
function forEachWindow(
  picture: Grey,
  x: number,
  y: number,
  found: (hash: number, left: number, top: number) => void,
): void {
  for (let left = x; left < Math.min(x + cellSize, picture.width - cellSize + 1); left++) {
    const last = Math.min(y + cellSize * 2 - 1, picture.rows);
    const rows: number[] = [];
    for (let top = y; top < last; top++) {
      rows.push(hashOfRow(picture, left, top));
      if (rows.length > cellSize) rows.shift();
      if (rows.length === cellSize) found(hashOf(rows), left, top - cellSize + 1);
    }
  }
}

function hashOfRow({ bytes, width }: Grey, x: number, y: number): number {
  let hash = 0;
  for (let i = y * width + x, end = i + cellSize; i < end; i++) hash = Math.imul(hash, 31) + (bytes[i] ?? 0);
  return hash | 0;
}

function hashOf(rows: number[]): number {
  return rows.reduce((hash, row) => (Math.imul(hash, 0x01000193) + row) | 0, 0);
}
