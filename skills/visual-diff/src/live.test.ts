import { type LiveSkill, startSkill } from '@odoobo/skill-kit/testing';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { deflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { avif, blackOnWhite, forged, grey, interlaced, jpeg, webp } from './pictures.fixture.js';

// What a designer tries first, on the running service. What a page looks like with each change is in cases.test.ts.
let skill: LiveSkill;

beforeAll(async () => {
  skill = await startSkill(new URL('main.ts', import.meta.url), { external: ['playwright-core'] });
}, 60_000);

afterAll(() => skill.stop());

const compare = (before: string, after: string, options: object = {}) =>
  skill.call({ operation: 'compare', before, after, ...options });

/** `ps` reports KiB on Linux and macOS. */
async function residentBytes(): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(skill.pid)]);
  return Number(stdout) * 1024;
}

const nightly = Boolean(process.env['NIGHTLY']);
const corner = { x: 0, y: 0, width: 8, height: 8 };

describe('two pictures', () => {
  // What reads an AVIF compiles for seconds; by day the tests beside it show the same.
  const kinds: [string, string][] = [
    ['a JPEG', jpeg],
    ['a WebP', webp],
    ['an interlaced PNG', interlaced(24, 16, corner)],
    ['an AVIF', avif],
  ];
  it.each(nightly ? kinds : kinds.slice(0, 3))('may be %s and a PNG', async (_what, image) => {
    expect((await compare(blackOnWhite(24, 16, corner), image)).output).toMatchObject({ pass: true });
    expect((await compare(blackOnWhite(24, 16), image)).output).toMatchObject({
      pass: false,
      regions: [corner],
    });
  });

  it('of two sizes have a picture of the larger one', async () => {
    const { output } = await compare(blackOnWhite(40, 30), blackOnWhite(50, 44));
    const { diff, ...told } = output as { diff: string };
    expect(told).toMatchObject({ pass: false, regions: [{ kind: 'size' }, { kind: 'size' }] });
    expect(PNG.sync.read(Buffer.from(diff, 'base64'))).toMatchObject({ width: 50, height: 44 });
  });

  it('have a report with a slider', async () => {
    const { output } = await compare(blackOnWhite(40, 30), blackOnWhite(40, 30, corner), { report: true });
    expect(output).toMatchObject({
      report: expect.stringMatching(/class="slider"[\s\S]*<td>0, 0<\/td><td>8 x 8<\/td>/),
    });
  });

  const tall: [string, boolean][] = [
    ['grey', false],
    ['grey with an alpha channel', true],
  ];
  it.each(nightly ? tall : tall.slice(0, 1))(
    'may be as tall as pages get, %s: a word at the end of 20,000 rows is found, in little memory',
    async (_what, alpha) => {
      const word = { x: 600, y: 19_980, width: 40, height: 12 };
      const pictures = [grey(1280, 20_000, undefined, alpha), grey(1280, 20_000, word, alpha)] as const;
      const start = await residentBytes();
      const { output } = await compare(...pictures);
      expect(output).toMatchObject({ pass: false, boxes: [word] });
      expect((await residentBytes()) - start).toBeLessThan(250 * 1024 * 1024);
    },
    15_000,
  );
});

describe('hostile pictures', () => {
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64');

  it.each([
    ['an SVG that says it is a PNG', `data:image/png;base64,${svg}`, 'not_an_image'],
    [
      'a picture that claims a gigabyte',
      forged(16_384, 16_384, deflateSync(Buffer.alloc(9))),
      'image_too_large',
    ],
  ])('such as %s are refused', async (_what, image, code) => {
    const { status, error } = await compare(image, blackOnWhite(4, 4));
    expect([status, error?.code, error?.details?.[0]?.path]).toEqual([422, code, 'input/before']);
  });

  it('such as a few kilobytes that inflate to hundreds of megabytes take little memory', async () => {
    const bomb = forged(4, 4, deflateSync(Buffer.alloc(300 * 1024 * 1024), { level: 1 }));
    const start = await residentBytes();
    expect([200, 422]).toContain((await compare(bomb, blackOnWhite(4, 4))).status);
    expect((await residentBytes()) - start).toBeLessThan(100 * 1024 * 1024);
  });
});

it('names the variable that allows a private address, and the rule for ports', async () => {
  const { status, error } = await skill.call({
    operation: 'check',
    project: 'shop',
    url: 'http://127.0.0.1:4100/',
  });
  expect([status, error?.code]).toEqual([403, 'address_not_allowed']);
  expect(error?.message).toContain('VISUAL_DIFF_ALLOWED_HOSTS');
  expect(error?.message).toContain('"127.0.0.1:4100"');
});
