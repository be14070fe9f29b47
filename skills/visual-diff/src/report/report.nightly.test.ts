import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { PNG } from 'pngjs';
import { expect, it } from 'vitest';
import { reportOf } from './report.js';

const executablePath = '/usr/bin/chromium';
const [red, green, blue] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
] as const;

/** An image of 400 x 2,000 pixels, whose upper 100 rows are blue. */
function image(color: readonly [number, number, number]): string {
  const png = new PNG({ width: 400, height: 2_000 });
  for (let at = 0; at < png.data.length; at += 4)
    png.data.set([...(at < 400 * 100 * 4 ? blue : color), 255], at);
  return PNG.sync.write(png).toString('base64');
}

it.skipIf(!existsSync(executablePath))(
  'shows the first image up to the slider and the second behind it, and its corner can be dragged (needs Chromium)',
  async () => {
    const comparison = { pass: false, width: 400, height: 2_000, ssim: 0.5 };
    const rest = { changed_pixels: 1, changed_ratio: 0.1, boxes: [], regions: [], diff: image(red) };
    const browser = await chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
    try {
      const page = await browser.newPage({ viewport: { width: 800, height: 600 } });
      const images = { before: image(red), after: image(green) };
      await page.setContent(reportOf({ title: 'shop', ...images, comparison: { ...comparison, ...rest } }));
      const { x = 0, y = 0 } = (await page.locator('.slider').boundingBox()) ?? {};
      const colorAt = async (across: number, down: number) => {
        const clip = { x: x + across, y: y + down, width: 1, height: 1 };
        return [...PNG.sync.read(await page.screenshot({ clip })).data.subarray(0, 3)];
      };
      expect([await colorAt(150, 50), await colorAt(150, 300), await colorAt(250, 300)]).toEqual([
        blue,
        red,
        green,
      ]);

      await page.mouse.move(x + 195, y + 7);
      await page.mouse.down();
      await page.mouse.move(x + 295, y + 7, { steps: 4 });
      await page.mouse.up();

      expect([await colorAt(250, 300), await colorAt(350, 300), await colorAt(250, 50)]).toEqual([
        red,
        green,
        blue,
      ]);
    } finally {
      await browser.close();
    }
  },
);
