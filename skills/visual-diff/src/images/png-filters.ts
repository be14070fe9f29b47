/**
 * Takes the filter off a scanline in place (PNG, third edition, 9.2).
 * @param above the unfiltered scanline above it; zeros for the first one
 * @param step bytes from one pixel to the next, at least 1
 * @returns whether the filter is one of the format
 */
export function unfilter(filter: number, line: Uint8Array, above: Uint8Array, step: number): boolean {
  if (filter === 1) sub(line, step);
  else if (filter === 2) up(line, above);
  else if (filter === 3) average(line, above, step);
  else if (filter === 4) paeth(line, above, step);
  return filter <= 4;
}

// Each sample of a pixel by itself, so that what is to the left need not be read again: this runs for every byte.

function sub(line: Uint8Array, step: number): void {
  for (let sample = 0; sample < step; sample++)
    for (let i = sample, left = 0; i < line.length; i += step) line[i] = left = (at(line, i) + left) & 255;
}

function up(line: Uint8Array, above: Uint8Array): void {
  for (let i = 0; i < line.length; i++) line[i] = at(line, i) + at(above, i);
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
      const toLeft = Math.abs(up - corner);
      const toUp = Math.abs(left - corner);
      const toCorner = Math.abs(left + up - corner - corner);
      const nearest = toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
      line[i] = left = (at(line, i) + nearest) & 255;
      corner = up;
    }
  }
}

function at(bytes: Uint8Array, i: number): number {
  return bytes[i] ?? 0;
}
