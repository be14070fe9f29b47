import fc from 'fast-check';
import { crc32, deflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { expect, it } from 'vitest';
import { adam7Passes } from '../pictures.fixture.js';
import { openImage } from './read-image.js';
import { SeenLines } from './seen-lines.js';

const kinds = [
  [0, 1, 1],
  [0, 2, 1],
  [0, 4, 1],
  [0, 8, 1],
  [0, 16, 1],
  [2, 8, 3],
  [2, 16, 3],
  [3, 1, 1],
  [3, 2, 1],
  [3, 4, 1],
  [3, 8, 1],
  [4, 8, 2],
  [4, 16, 2],
  [6, 8, 4],
  [6, 16, 4],
] as const;

function chunk(type: string, body: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(body.length, 0);
  frame.writeUInt32BE(crc32(typed), 4);
  return Buffer.concat([frame.subarray(0, 4), typed, frame.subarray(4)]);
}

interface Forged {
  kind: (typeof kinds)[number];
  width: number;
  height: number;
  interlaced: boolean;
  bytes: Uint8Array;
}

/** A PNG of any colour type and depth, whose filters and filtered bytes are taken from `bytes`, over and over. */
function forge({ kind: [colourType, depth, samples], width, height, interlaced, bytes }: Forged): Buffer {
  let next = 0;
  const byte = () => bytes[next++ % bytes.length] ?? 0;
  const lines = interlaced
    ? adam7Passes.flatMap(([left, top, x, y]) => {
        const columns = Math.ceil((width - left) / x);
        return columns > 0 ? Array<number>(Math.max(0, Math.ceil((height - top) / y))).fill(columns) : [];
      })
    : Array<number>(height).fill(width);
  const data = lines.flatMap((columns) => [
    byte() % 5,
    ...Array.from({ length: Math.ceil((columns * samples * depth) / 8) }, byte),
  ]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colourType, 0, 0, interlaced ? 1 : 0], 8);
  const palette = colourType === 3 ? [chunk('PLTE', Buffer.from(Array.from({ length: 768 }, byte)))] : [];
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    ...palette,
    chunk('IDAT', deflateSync(Buffer.from(data))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

async function decode(png: Buffer): Promise<number[]> {
  const { strips } = await openImage(png, 'before');
  const pixels: number[] = [];
  for await (const strip of strips(5)) pixels.push(...strip);
  return pixels;
}

it('reads every kind of PNG as another decoder does', async () => {
  const side = fc.integer({ min: 1, max: 19 });
  const png = fc.record({
    kind: fc.constantFrom(...kinds),
    width: side,
    height: side,
    interlaced: fc.boolean(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 200 }),
  });
  await fc.assert(
    fc.asyncProperty(png, async (forged) => {
      const bytes = forge(forged);
      // It is off by one where it scales 16 bits down.
      const expected = [...PNG.sync.read(bytes).data];
      const found = await decode(bytes);
      expect(found.length).toBe(expected.length);
      expect(Math.max(...found.map((level, i) => Math.abs(level - (expected[i] ?? 0))))).toBeLessThanOrEqual(
        1,
      );
    }),
    { numRuns: 300 },
  );
});

it('reads a PNG beside another as it does alone, whatever both have in common', async () => {
  const picture = fc.record({
    kind: fc.constantFrom([2, 8, 3] as const, [6, 8, 4] as const, [0, 8, 1] as const),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 5 }),
  });
  const lineOf: Record<number, number> = { 1: 24, 3: 8, 4: 6 };
  await fc.assert(
    fc.asyncProperty(picture, picture, fc.nat(30), async (one, two, differsAt) => {
      // As many bytes a line, so that only what they mean differs.
      const data = (line: number) =>
        Array.from(
          { length: 25 },
          (_, i) => (line === differsAt ? two : one).bytes[i % one.bytes.length] ?? 0,
        );
      const bytes = Uint8Array.from(Array.from({ length: 30 }, (_, line) => data(line)).flat());
      const own = Uint8Array.from(bytes, (byte, i) =>
        differsAt % 3 === 0 || i < differsAt * 25 ? byte : byte ^ 1,
      );
      const forged = (kind: (typeof kinds)[number], bytes: Uint8Array) =>
        forge({ kind, width: lineOf[kind[2]] ?? 1, height: 30, interlaced: false, bytes });
      const [first, second] = [forged(one.kind, bytes), forged(two.kind, own)];
      const lines = new SeenLines();
      const before = (await openImage(first, 'before')).strips(7, { keep: lines });
      const after = (await openImage(second, 'after')).strips(7, { other: lines });
      const pixels: number[] = [];
      for (;;) {
        await before.next();
        const { value } = await after.next();
        if (!value) break;
        pixels.push(...value);
      }
      expect(pixels).toEqual(await decode(second));
    }),
    { numRuns: 100 },
  );
});

it('refuses every broken PNG with an error that says so, and never hangs', async () => {
  const good = forge({
    kind: [6, 8, 4],
    width: 9,
    height: 9,
    interlaced: false,
    bytes: Uint8Array.of(1, 7, 3),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.nat(good.length - 1),
      fc.integer({ min: 1, max: 255 }),
      fc.boolean(),
      async (at, by, cut) => {
        const broken = Buffer.from(cut ? good.subarray(0, at) : good);
        if (!cut) broken[at] = (broken[at] ?? 0) ^ by;
        await expect(decode(broken)).rejects.toMatchObject({ status: 422 });
      },
    ),
    { numRuns: 300 },
  );
});
