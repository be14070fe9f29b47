import { cellSize } from './cells.js';
import type { Grey } from './grey.js';
import { placeOf } from './moves.js';

/** How far to look around what has changed: a letter is known by those on its line. On a button there is less of it. */
const around = [
  { beside: 48, above: 12 },
  { beside: 12, above: 12 },
  { beside: 64, above: 32 },
];

/** Levels from the background from which a pixel is ink, as a share of the strongest contrast, and at least. */
const ink = { share: 0.5, levels: 40 };

/** Heights of letters in pixels, from small print to headings. */
const heights = { least: 4, most: 60 };

/** Letters that run into each other are this much wider than high at most; words are this far apart. */
const widest = 4;
const widestGap = 2;

/** Fewer letters on a line are no text, but any shapes. */
const leastLetters = 3;

/** What reaches below a line, such as a comma. */
const descent = 4;

/** This share of the cells that have changed is on lines of text. */
const leastShare = 0.6;

/** A larger place is a part of the page and not a text. */
const mostPixels = 400_000;

/** Whether these cells of a picture are on lines of text: of shapes of the size of letters, made of strokes, that stand side by side. */
export function isText(picture: Grey, cells: number[]): boolean {
  const places = cells.map((cell) => placeOf(cell, picture.width));
  const box = {
    left: places.reduce((least, { x }) => Math.min(least, x), Infinity),
    top: places.reduce((least, { y }) => Math.min(least, y), Infinity),
    right: places.reduce((most, { x }) => Math.max(most, x), 0) + cellSize,
    bottom: places.reduce((most, { y }) => Math.max(most, y), 0) + cellSize,
  };
  if ((box.right - box.left) * (box.bottom - box.top) > mostPixels) return false;
  return around.some((margin) => {
    const lines = linesOfText(picture, box, enlarged(box, margin, picture));
    const onText = places.filter(({ x, y }) =>
      lines.some(
        ({ left, top, right, bottom }) =>
          x < right && x + cellSize > left && y < bottom + descent && y + cellSize > top,
      ),
    );
    return onText.length >= places.length * leastShare;
  });
}

interface Extent {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

function enlarged(
  { left, top, right, bottom }: Extent,
  { beside, above }: (typeof around)[number],
  { width, rows }: Grey,
): Extent {
  return {
    left: Math.max(0, left - beside),
    top: Math.max(0, top - above),
    right: Math.min(width, right + beside),
    bottom: Math.min(rows, bottom + above),
  };
}

/** The words in a place, as boxes: letters that end at the same height, give or take a pixel, with small gaps. */
function linesOfText(picture: Grey, box: Extent, place: Extent): Extent[] {
  const [width, height] = [place.right - place.left, place.bottom - place.top];
  const letters = shapesIn(inkOf(picture, box, place), width).filter(
    (shape) =>
      isLetter(shape) && shape.left > 0 && shape.top > 0 && shape.right < width && shape.bottom < height,
  );
  const byEnd = new Map<number, Shape[]>();
  for (const letter of letters) byEnd.set(letter.bottom, [...(byEnd.get(letter.bottom) ?? []), letter]);
  return [...byEnd.keys()].flatMap((end) =>
    wordsOf([end - 1, end, end + 1].flatMap((at) => byEnd.get(at) ?? [])).map(
      ({ left, top, right, bottom }) => ({
        left: left + place.left,
        top: top + place.top,
        right: right + place.left,
        bottom: bottom + place.top,
      }),
    ),
  );
}

function wordsOf(letters: Shape[]): Extent[] {
  const words: { extent: Extent; letters: number }[] = [];
  for (const letter of letters.toSorted((a, b) => a.left - b.left)) {
    const last = words.at(-1);
    const height = letter.bottom - letter.top;
    if (last && letter.left - last.extent.right <= height * widestGap) {
      last.letters++;
      last.extent.right = Math.max(last.extent.right, letter.right);
      last.extent.top = Math.min(last.extent.top, letter.top);
      last.extent.bottom = Math.max(last.extent.bottom, letter.bottom);
    } else words.push({ extent: { ...letter }, letters: 1 });
  }
  return words.filter(({ letters }) => letters >= leastLetters).map(({ extent }) => extent);
}

/** One byte for each pixel of the place: 1 where there is as much ink as in the box. */
function inkOf(picture: Grey, box: Extent, place: Extent): Uint8Array {
  const levels = levelsIn(picture, place);
  const background = mostFrequent(levels);
  const contrast = levelsIn(picture, box).reduce(
    (most, level) => Math.max(most, Math.abs(level - background)),
    0,
  );
  const threshold = Math.max(ink.levels, contrast * ink.share);
  return levels.map((level) => (Math.abs(level - background) >= threshold ? 1 : 0));
}

function levelsIn({ bytes, width, rows }: Grey, { left, top, right, bottom }: Extent): Uint8Array {
  const columns = Math.min(right, width) - left;
  const levels = new Uint8Array(columns * (Math.min(bottom, rows) - top));
  for (let i = 0, at = top * width + left; i < levels.length; i += columns, at += width)
    levels.set(bytes.subarray(at, at + columns), i);
  return levels;
}

function mostFrequent(levels: Uint8Array): number {
  const counts = new Uint32Array(256);
  for (const level of levels) counts[level] = (counts[level] ?? 0) + 1;
  return counts.indexOf(Math.max(...counts));
}

/** Pixels of ink that touch. */
interface Shape extends Extent {
  pixels: number;
}

function shapesIn(pixels: Uint8Array, width: number): Shape[] {
  const shapes: Shape[] = [];
  for (let start = pixels.indexOf(1); start >= 0; start = pixels.indexOf(1, start)) {
    pixels[start] = 0;
    const shape: Shape = { left: width, top: Infinity, right: 0, bottom: 0, pixels: 0 };
    // The list grows while it is walked through.
    const reached = [start];
    for (const i of reached) {
      const [x, y] = [i % width, Math.floor(i / width)];
      shape.left = Math.min(shape.left, x);
      shape.right = Math.max(shape.right, x + 1);
      shape.top = Math.min(shape.top, y);
      shape.bottom = Math.max(shape.bottom, y + 1);
      shape.pixels++;
      for (let row = y - 1; row <= y + 1; row++) {
        for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
          const next = row * width + column;
          if (pixels[next] !== 1) continue;
          pixels[next] = 0;
          reached.push(next);
        }
      }
    }
    shapes.push(shape);
  }
  return shapes;
}

/** A letter is as high as letters are, not wide, and no filled box. Points and commas are none, and do no harm. */
function isLetter({ left, top, right, bottom, pixels }: Shape): boolean {
  const [width, height] = [right - left, bottom - top];
  if (height < heights.least || height > heights.most || width > height * widest) return false;
  return width <= 3 || pixels < width * height * 0.85;
}
