import { once } from 'node:events';
import { crc32, createDeflate } from 'node:zlib';
import { pixelClass } from './cells.js';
import { pngSignature } from './png.js';

/** Fast; a picture of classes is small anyway. */
const compression = 3;

const rowsAtOnce = 256;

/** The picture of a difference, as a PNG: pale grey, ignored edges in yellow, changes in red. */
export async function drawDifference(classes: Uint8Array, width: number, height: number): Promise<Buffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits a pixel, colours from a palette.
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    pngSignature,
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('IDAT', await compressed(classes, width, height)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const palette = Buffer.from(
  Array.from({ length: 256 }, (_, value) => {
    if (value === pixelClass.changed) return [255, 0, 0];
    if (value === pixelClass.noise) return [255, 255, 0];
    const level = value < pixelClass.slight ? value * 2 : Math.min(255, (value - pixelClass.slight) * 4);
    const pale = Math.round(255 + (level - 255) * 0.1);
    return [pale, pale, pale];
  }).flat(),
);

async function compressed(classes: Uint8Array, width: number, height: number): Promise<Buffer> {
  const deflate = createDeflate({ level: compression });
  const parts: Buffer[] = [];
  deflate.on('data', (part: Buffer) => parts.push(part));
  for (let top = 0; top < height; top += rowsAtOnce) {
    const rows = Math.min(rowsAtOnce, height - top);
    // Each scanline begins with the number of its filter: none.
    const lines = Buffer.alloc(rows * (width + 1));
    for (let row = 0; row < rows; row++)
      lines.set(classes.subarray((top + row) * width, (top + row + 1) * width), row * (width + 1) + 1);
    if (!deflate.write(lines)) await once(deflate, 'drain');
  }
  deflate.end();
  await once(deflate, 'end');
  return Buffer.concat(parts);
}

function chunk(type: string, body: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(body.length, 0);
  frame.writeUInt32BE(crc32(typed), 4);
  return Buffer.concat([frame.subarray(0, 4), typed, frame.subarray(4)]);
}
