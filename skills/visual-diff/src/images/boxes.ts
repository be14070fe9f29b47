import type { Box } from '../schema.js';

/** Changes closer than this belong together, as the letters of a word do. */
const cellSize = 8;
const maxBoxes = 100;

/**
 * Encloses changed pixels in boxes: neighbouring cells of 8 x 8 pixels that hold a change share one, drawn tight around
 * the changed pixels themselves.
 */
export function boxesOfChange(
  isChanged: (x: number, y: number) => boolean,
  width: number,
  height: number,
): Box[] {
  const columns = Math.ceil(width / cellSize);
  const cells = new Map<number, Extent>();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!isChanged(x, y)) continue;
      const key = Math.floor(y / cellSize) * columns + Math.floor(x / cellSize);
      cells.set(key, join(cells.get(key), { left: x, top: y, right: x, bottom: y }));
    }
  }
  const boxes: Box[] = [];
  for (const key of cells.keys()) boxes.push(toBox(takeRegion(cells, key, columns)));
  return boxes.sort((a, b) => b.width * b.height - a.width * a.height).slice(0, maxBoxes);
}

interface Extent {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Removes a cell and all that touch it from the map; a stack of its own, since a region can be the whole image. */
function takeRegion(cells: Map<number, Extent>, start: number, columns: number): Extent {
  let region: Extent | undefined;
  const stack = [start];
  for (let key = stack.pop(); key !== undefined; key = stack.pop()) {
    const cell = cells.get(key);
    if (!cell) continue;
    cells.delete(key);
    region = join(region, cell);
    stack.push(...neighbours(key, columns));
  }
  return region ?? { left: 0, top: 0, right: 0, bottom: 0 };
}

function neighbours(key: number, columns: number): number[] {
  const column = key % columns;
  const sides = [0, ...(column > 0 ? [-1] : []), ...(column < columns - 1 ? [1] : [])];
  return [-columns, 0, columns].flatMap((row) => sides.map((side) => key + row + side));
}

function join(a: Extent | undefined, b: Extent): Extent {
  if (!a) return b;
  return {
    left: Math.min(a.left, b.left),
    top: Math.min(a.top, b.top),
    right: Math.max(a.right, b.right),
    bottom: Math.max(a.bottom, b.bottom),
  };
}

function toBox({ left, top, right, bottom }: Extent): Box {
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}
