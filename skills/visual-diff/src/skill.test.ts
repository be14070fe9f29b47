import { callSkill, contractProblems } from '@odoobo/skill-kit/testing';
import fc from 'fast-check';
import { deflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import manifest from '../skill.json' with { type: 'json' };
import { blackOnWhite, forged, jpeg, jpegOf, plainWhite, png, webp, webpOf } from './pictures.fixture.js';
import { reportOf } from './report/report.js';
import { skill } from './skill.js';

async function compare(before: string, after: string, options: object = {}) {
  const { status, output, error } = await callSkill(skill, {
    operation: 'compare',
    before,
    after,
    ...options,
  });
  if (output?.operation !== 'compare') throw new Error(`${status}: ${error?.message}`);
  return output;
}

describe('visual-diff', () => {
  it('keeps its contract', async () => {
    expect(await contractProblems(manifest, skill)).toEqual([]);
  });

  it('answers its first example as documented, but for how the picture is compressed', async () => {
    const pixels = (base64: string) => [...PNG.sync.read(Buffer.from(base64, 'base64')).data];
    const [example] = skill.examples;
    if (example?.input.operation !== 'compare' || example.output.operation !== 'compare')
      throw new Error('no example');
    const { before, after, ...options } = example.input;
    const { diff, ...documented } = example.output;
    const output = await compare(before, after, options);
    expect(output).toMatchObject(documented);
    expect(pixels(output.diff)).toEqual(pixels(diff));
  });
});

describe('JPEG and WebP', () => {
  const black = blackOnWhite(24, 16, { x: 0, y: 0, width: 8, height: 8 });

  it.each([
    ['a JPEG', jpeg],
    ['a WebP', webp],
  ])('%s passes beside the PNG of the same picture, and differs from another', async (_name, image) => {
    expect(await compare(black, image)).toMatchObject({ pass: true, width: 24, height: 16 });
    expect(await compare(image, blackOnWhite(24, 16))).toMatchObject({
      pass: false,
      regions: [{ x: 0, y: 0, width: 8, height: 8 }],
    });
  });

  it('are shown as what they are in a report, whatever the caller calls them', async () => {
    const { report } = await compare(`data:image/png;base64,${jpeg}`, webp, { report: true });
    expect(report).toContain(`src="data:image/jpeg;base64,${jpeg}"`);
    expect(report).toContain(`src="data:image/webp;base64,${webp}"`);
  });
});

describe('two images', () => {
  it('that are the same pass, with no box', async () => {
    const image = blackOnWhite(64, 48, { x: 5, y: 5, width: 20, height: 10 });
    expect(await compare(image, image, { min_ssim: 1, max_changed_ratio: 0 })).toMatchObject({
      pass: true,
      width: 64,
      height: 48,
      changed_pixels: 0,
      changed_ratio: 0,
      ssim: 1,
      boxes: [],
    });
  });

  it('that differ have each change counted and boxed, the largest first', async () => {
    const small = { x: 3, y: 4, width: 5, height: 2 };
    const large = { x: 60, y: 40, width: 30, height: 20 };
    const result = await compare(blackOnWhite(100, 80), blackOnWhite(100, 80, small, large));
    expect(result.boxes).toEqual([large, small]);
    expect(result.changed_pixels).toBe(5 * 2 + 30 * 20);
    expect(result.changed_ratio).toBe(610 / 8000);
    expect(result.ssim).toBeLessThan(0.98);
    expect(result.pass).toBe(false);
  });

  it('have their changes drawn in red on pale grey', async () => {
    const box = { x: 10, y: 10, width: 10, height: 10 };
    const { diff } = await compare(blackOnWhite(32, 32), blackOnWhite(32, 32, box));
    const picture = PNG.sync.read(Buffer.from(diff, 'base64'));
    const pixel = (x: number, y: number) => [
      ...picture.data.subarray((y * 32 + x) * 4, (y * 32 + x) * 4 + 3),
    ];
    expect([picture.width, picture.height, pixel(15, 15), pixel(0, 0)]).toEqual([
      32,
      32,
      [255, 0, 0],
      [255, 255, 255],
    ]);
  });

  it('pass or not by both limits', async () => {
    const images = [
      blackOnWhite(100, 100),
      blackOnWhite(100, 100, { x: 0, y: 0, width: 10, height: 10 }),
    ] as const;
    expect((await compare(...images, { min_ssim: 0.5 })).pass).toBe(true);
    expect((await compare(...images, { min_ssim: 0.999 })).pass).toBe(false);
    expect((await compare(...images, { min_ssim: 0.5, max_changed_ratio: 0.01 })).pass).toBe(true);
    expect((await compare(...images, { min_ssim: 0.5, max_changed_ratio: 0.009 })).pass).toBe(false);
  });

  it('differ in a shade only where the threshold is low', async () => {
    const [white, ivory] = [png(16, 16, () => plainWhite), png(16, 16, () => [250, 250, 250])];
    expect((await compare(white, ivory)).changed_pixels).toBe(0);
    expect((await compare(white, ivory, { color_threshold: 0 })).changed_pixels).toBe(256);
  });

  it('do not differ where they are masked, also beyond their edges', async () => {
    const box = { x: 20, y: 10, width: 30, height: 20 };
    const images = [blackOnWhite(64, 48), blackOnWhite(64, 48, box)] as const;
    const whole = { min_ssim: 1, max_changed_ratio: 0 };
    expect(await compare(...images, { ...whole, masks: [box] })).toMatchObject({
      pass: true,
      changed_pixels: 0,
      boxes: [],
    });
    const half = { x: 20, y: 10, width: 15, height: 20 };
    expect(await compare(...images, { masks: [half] })).toMatchObject({
      changed_pixels: 300,
      boxes: [{ x: 35, y: 10, width: 15, height: 20 }],
    });
    const large = { x: 0, y: 0, width: 10_000, height: 10_000 };
    expect(
      await compare(...images, { ...whole, masks: [large, { x: 900, y: 900, width: 5, height: 5 }] }),
    ).toMatchObject({ pass: true });
  });

  it('of two sizes differ where only one of them is, and have a picture of the larger size', async () => {
    const result = await compare(blackOnWhite(40, 30), blackOnWhite(50, 44));
    expect(result).toMatchObject({ pass: false, width: 50, height: 44, changed_pixels: 50 * 44 - 40 * 30 });
    expect(result.regions).toEqual([
      { kind: 'size', x: 0, y: 30, width: 40, height: 14 },
      { kind: 'size', x: 40, y: 0, width: 10, height: 44 },
    ]);
    const picture = PNG.sync.read(Buffer.from(result.diff, 'base64'));
    expect([picture.width, picture.height]).toEqual([50, 44]);
  });

  it('may be data URLs', async () => {
    const image = blackOnWhite(16, 16);
    expect((await compare(`data:image/png;base64,${image}`, image)).changed_pixels).toBe(0);
  });

  it('of any size have boxes that hold every changed pixel, tightly', async () => {
    const side = fc.integer({ min: 1, max: 40 });
    const points = fc.array(fc.tuple(fc.nat(39), fc.nat(39)), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(side, side, points, async (width, height, dots) => {
        const inside = dots.map(([x, y]) => ({ x: x % width, y: y % height, width: 1, height: 1 }));
        const result = await compare(blackOnWhite(width, height), blackOnWhite(width, height, ...inside), {
          color_threshold: 0,
        });
        expect(result.ssim).toBeLessThanOrEqual(1);
        const picture = PNG.sync.read(Buffer.from(result.diff, 'base64'));
        const red = inside.filter(({ x, y }) => picture.data[(y * width + x) * 4 + 1] === 0);
        for (const { x, y } of red) {
          expect(
            result.boxes.some(
              (box) => x >= box.x && y >= box.y && x < box.x + box.width && y < box.y + box.height,
            ),
          ).toBe(true);
        }
        if (red.length === 1) expect(result.boxes).toEqual([red[0]]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a report', () => {
  it('is returned if it is asked for, and holds only what was compared', async () => {
    const [before, after] = [blackOnWhite(40, 30), blackOnWhite(40, 30, { x: 4, y: 4, width: 9, height: 9 })];
    expect((await compare(before, after)).report).toBeUndefined();
    const hostile = `data:image/png;base64,${before.slice(0, 40)}"><script>alert(1)</script>`;
    const { report = '' } = await compare(`data:image/png;base64,${before}`, after, { report: true });
    expect(report).toContain(`src="data:image/png;base64,${after}"`);
    expect(report).toContain('<td>added</td><td>4, 4</td><td>9 x 9</td>');
    const { status } = await callSkill(skill, { operation: 'compare', before: hostile, after, report: true });
    expect(status).toBe(422);
  });

  it('writes names and bytes so that they cannot do anything', async () => {
    const comparison = await compare(blackOnWhite(8, 8), blackOnWhite(8, 8));
    const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(2)>`;
    const page = reportOf({
      title: hostile,
      before: hostile,
      after: `data:text/html,${hostile}`,
      comparison,
    });
    expect(page).not.toMatch(/<script|<img src=x/);
    expect(page).toContain("default-src 'none'");
  });
});

describe('images that are refused', () => {
  const good = blackOnWhite(4, 4);
  const truncated = Buffer.from(good, 'base64').subarray(0, 60).toString('base64');
  const flipped = Buffer.from(good, 'base64').map((byte, i) => (i === 45 ? byte ^ 0xff : byte));

  it.each([
    ['text', Buffer.from('hello'.repeat(20)).toString('base64'), 'not_an_image'],
    ['no base64', '%%%%', 'not_an_image'],
    [
      'an SVG that says it is a PNG',
      `data:image/png;base64,${Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64')}`,
      'not_an_image',
    ],
    ['a JPEG that ends early', jpeg.slice(0, 400), 'broken_image'],
    [
      'a JPEG without a frame',
      Buffer.from(`ffd8ffe0${'00'.repeat(60)}`, 'hex').toString('base64'),
      'broken_image',
    ],
    ['a JPEG that claims a gigabyte', jpegOf(16_384, 16_384), 'image_too_large'],
    ['a JPEG with a thousand scans', jpegOf(24, 16, 1000), 'broken_image'],
    ['a WebP that ends early', webp.slice(0, 60), 'broken_image'],
    ['a WebP that claims a gigabyte', webpOf(16_383, 16_383), 'image_too_large'],
    ['a truncated PNG', truncated, 'broken_png'],
    ['a PNG with a wrong checksum', Buffer.from(flipped).toString('base64'), 'broken_png'],
    ['a PNG without pixels', forged(0, 9, Buffer.alloc(0)), 'broken_png'],
    ['a PNG that claims a gigabyte', forged(16_384, 16_384, deflateSync(Buffer.alloc(9))), 'image_too_large'],
    ['an interlaced PNG that ends early', forged(4, 4, deflateSync(Buffer.alloc(9)), 1), 'broken_png'],
    ['a large interlaced PNG', forged(4000, 4000, deflateSync(Buffer.alloc(9)), 1), 'image_too_large'],
  ])('%s, with the field and the reason', async (_name, before, code) => {
    const { status, error } = await callSkill(skill, { operation: 'compare', before, after: good });
    expect([status, error?.code, error?.details?.[0]?.path]).toEqual([422, code, 'input/before']);
  });
});
