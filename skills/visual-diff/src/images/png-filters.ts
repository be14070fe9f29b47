import type { Scanline } from './scanline.js';

/**
 * Takes the filter off a scanline in place (PNG, third edition, 9.2).
 * @param above the unfiltered scanline above it; zeros for the first one
 * @param step bytes from one pixel to the next, at least 1
 * @returns whether the filter is one of the format
 */
export function unfilter(line: Scanline, above: Scanline, step: number): boolean {
  const filter = line.whole[0] ?? 0;
  if (filter === 1) sub(line.plain, step);
  else if (filter === 2) up(line, above);
  else if (filter === 3) average(line.plain, above.plain, step);
  else if (filter === 4) paeth(line.plain, above.plain, step);
  return filter <= 4;
}

// Each sample of a pixel by itself, so that what is to the left need not be read again: this runs for every byte.

function sub(line: Uint8Array, step: number): void {
  for (let sample = 0; sample < step; sample++)
    for (let i = sample, left = 0; i < line.length; i += step) line[i] = left = (at(line, i) + left) & 255;
}

/** Four bytes at a time: the lower seven bits of each are added, and the highest one without a carry. */
function up({ plain, words }: Scanline, above: Scanline): void {
  const upper = above.words;
  for (let i = 0; i < words.length; i++) {
    const [a, b] = [words[i] ?? 0, upper[i] ?? 0];
    words[i] = ((a & 0x7f7f7f7f) + (b & 0x7f7f7f7f)) ^ ((a ^ b) & 0x80808080);
  }
  for (let i = words.length * 4; i < plain.length; i++) plain[i] = at(plain, i) + at(above.plain, i);
}

function average(line: Uint8Array, above: Uint8Array, step: number): void {
  for (let sample = 0; sample < step; sample++)
    for (let i = sample, left = 0; i < line.length; i += step)
      line[i] = left = (at(line, i) + ((left + at(above, i)) >> 1)) & 255;
}

function paeth(line: Uint8Array, above: Uint8Array, step: number): void {
  for (let sample = 0; sample < step; sample++) {
    for (let i = sample, left = 0, corner = 0; i < line.length; i += step) {
      const up = at(above, i);
      line[i] = left = (at(line, i) + nearest(left, up, corner)) & 255;
      corner = up;
    }
  }
}

/** Which of the three is next to their sum, left + up - corner. In flat parts two are the same, and the third is. */
function nearest(left: number, up: number, corner: number): number {
  if (up === corner) return left;
  if (left === corner) return up;
  const toLeft = Math.abs(up - corner);
  const toUp = Math.abs(left - corner);
  const toCorner = Math.abs(left + up - corner - corner);
  return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
}

function at(bytes: Uint8Array, i: number): number {
  return bytes[i] ?? 0;
}
