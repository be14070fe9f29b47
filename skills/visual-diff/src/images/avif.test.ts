import { callSkill } from '@odoobo/skill-kit/testing';
import fc from 'fast-check';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { avif as avifInBase64 } from '../pictures.fixture.js';
import { skill } from '../skill.js';

const avif = Buffer.from(avifInBase64, 'base64');
/** The same with one pixel of another alpha, which is an image of its own. */
const withAlpha = Buffer.from(
  'AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUEAAAGNbWV0YQAAAAAAAAAoaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAGxpYmF2aWYAAAAADnBpdG0AAAAAAAEAAAAsaWxvYwAAAABEAAACAAEAAAABAAAB1wAAACcAAgAAAAEAAAG1AAAAIgAAAEJpaW5mAAAAAAACAAAAGmluZmUCAAAAAAEAAGF2MDFDb2xvcgAAAAAaaW5mZQIAAAAAAgAAYXYwMUFscGhhAAAAABppcmVmAAAAAAAAAA5hdXhsAAIAAQABAAAAw2lwcnAAAACdaXBjbwAAABRpc3BlAAAAAAAAABgAAAAQAAAAEHBpeGkAAAAAAwgICAAAAAxhdjFDgSAAAAAAABNjb2xybmNseAACAAIABoAAAAAOcGl4aQAAAAABCAAAAAxhdjFDgQAcAAAAADhhdXhDAAAAAHVybjptcGVnOm1wZWdCOmNpY3A6c3lzdGVtczphdXhpbGlhcnk6YWxwaGEAAAAAHmlwbWEAAAAAAAAAAgABBAECgwQAAgQBBYYHAAAAUW1kYXQSAAoFGBDv7CoyFxGAAAFAx5rxgMvja7E9uZCymfxtF+vAEgAKCDgQ7+wgQEDSMhlEYAAAEO0z0Luw7WTe9uxUD89p1kia9oNA',
  'base64',
);

/** Where the size in the sequence header begins, behind 26 bits, and the header itself behind its unit's two bytes. */
const sequenceAt = avif.indexOf(Buffer.from('0a0838', 'hex'));

/** With other bytes from a place, which is searched for by text. */
function changed(text: string, after: number, ...bytes: number[]): Buffer {
  const copy = Buffer.from(avif);
  copy.set(bytes, copy.indexOf(text) + after);
  return copy;
}

/** The image says that it is small; the AV1 in it says 16,384 x 16,384. */
function liar(): Buffer {
  // Profile 1 and still; level 0; 14 bits for each side; all of them 1.
  const bits = `001${'1'}${'1'}${'00000'}${'1101'}${'1101'}${'1'.repeat(28)}`.padEnd(64, '0');
  const header = Buffer.from(BigInt(`0b${bits}`).toString(16).padStart(16, '0'), 'hex');
  const copy = Buffer.from(avif);
  copy.set(header, sequenceAt + 2);
  return copy;
}

/** The frame of the image many times over in its only item. */
function manyFrames(count: number): Buffer {
  const stream = avif.subarray(sequenceAt - 2);
  const frame = stream.subarray(12);
  const copy = Buffer.concat([avif, ...Array<Buffer>(count).fill(frame)]);
  const [place, data] = [copy.indexOf('iloc') + 22, copy.indexOf('mdat') - 4];
  copy.writeUInt32BE(stream.length + count * frame.length, place);
  copy.writeUInt32BE(copy.length - data, data);
  return copy;
}

function blackOnWhite(box: { width: number; height: number }): string {
  const image = new PNG({ width: 24, height: 16 });
  image.data.fill(255);
  for (let y = 0; y < box.height; y++)
    for (let x = 0; x < box.width; x++) image.data.set([0, 0, 0, 255], (y * 24 + x) * 4);
  return PNG.sync.write(image).toString('base64');
}

async function compare(before: string, after: string) {
  const { status, output, error } = await callSkill(skill, {
    operation: 'compare',
    before,
    after,
    report: true,
  });
  return { status, output: output?.operation === 'compare' ? output : undefined, error };
}

describe('an AVIF', () => {
  const same = blackOnWhite({ width: 8, height: 8 });

  it('passes beside the PNG of the same picture, and differs from another', async () => {
    const image = avif.toString('base64');
    const { output } = await compare(same, image);
    expect(output).toMatchObject({ pass: true, width: 24, height: 16 });
    expect(output?.report).toContain(`src="data:image/avif;base64,${image}"`);
    expect((await compare(image, blackOnWhite({ width: 0, height: 0 }))).output).toMatchObject({
      pass: false,
      regions: [{ x: 0, y: 0, width: 8, height: 8 }],
    });
  });

  it('has its alpha read', async () => {
    const { output } = await compare(avif.toString('base64'), withAlpha.toString('base64'));
    expect(output).toMatchObject({ width: 24, height: 16 });
    expect(output?.changed_pixels).toBeLessThan(20);
  });

  it.each([
    ['that ends early', avif.subarray(0, 200), 'broken_image', 'broken header'],
    ['that has no image', changed('av01Color', 0, 0x45, 0x78, 0x69, 0x66), 'broken_image', 'broken header'],
    ['of tiles', changed('av01Color', 0, 0x67, 0x72, 0x69, 0x64), 'broken_image', 'not AV1 alone (grid)'],
    ['that moves', changed('avif', 0, 0x61, 0x76, 0x69, 0x73), 'broken_image', 'animation'],
    ['that is to be turned', changed('pixi', 0, 0x69, 0x72, 0x6f, 0x74), 'broken_image', 'turned'],
    [
      'whose header claims a gigabyte',
      changed('ispe', 8, 0, 0, 0x40, 0, 0, 0, 0x40, 0),
      'image_too_large',
      '16384 x 16384',
    ],
    ['whose AV1 claims a gigabyte', liar(), 'image_too_large', '16384 x 16384'],
    ['of thousands of frames', manyFrames(5000), 'broken_image', 'too many frames'],
    ['with pixels that are none', changed('mdat', 20, 1, 2, 3, 4, 5), 'broken_image', 'cannot be decoded'],
  ])('%s is refused', async (_name, bytes, code, why) => {
    const { status, error } = await compare(bytes.toString('base64'), same);
    expect([status, error?.code, error?.details?.[0]?.path]).toEqual([422, code, 'input/before']);
    expect(error?.message).toContain(why);
  });

  it('with any byte wrong is compared or refused, and the next one is compared as ever', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(avif.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const broken = Buffer.from(avif);
        broken[at] = (broken[at] ?? 0) ^ by;
        expect([200, 422]).toContain((await compare(broken.toString('base64'), same)).status);
      }),
      { numRuns: 25 },
    );
    expect((await compare(avif.toString('base64'), same)).output?.pass).toBe(true);
  });
});
