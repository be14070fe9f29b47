import { callSkill } from '@odoobo/skill-kit/testing';
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { skill } from './skill.js';

const executablePath = '/usr/bin/chromium';

const lines = [
  'Oats, rye and barley from the mill in town.',
  'Bread is baked at six, and cakes at ten.',
  'Ask for the loaf of the day; it is rarely the same twice.',
];

/**
 * A page with a notice or without, a word at the end of a line, and a badge at a place. No size follows from a font, which differs
 * between machines.
 */
function page({ notice = '', word = 'Welcome', left = 500, gap = 0 }): string {
  return `<!doctype html><style>
    body{margin:0;font:16px/24px sans-serif;color:#222;background:#fff}
    header{padding:12px 24px;border-bottom:1px solid #ccc}
    .notice{background:#124;color:#fff;padding:10px 24px;height:20px}
    main{padding:16px 24px} .card{border:1px solid #999;border-radius:6px;padding:12px;margin-bottom:20px}
    .badge{position:absolute;top:420px;left:${left}px;width:85px;background:#b22;color:#fff;padding:6px 14px;border-radius:14px}
  </style><header>Mill and bakery</header>${notice && `<div class="notice">${notice}</div>`}
  <main><p>The shop is open, dear guest. ${word}</p>
  ${lines.map((line, i) => `<div class="card" style="margin-top:${i === 1 ? gap : 0}px">${line}</div>`).join('')}</main>
  <div class="badge">New today</div>`;
}

describe.skipIf(!existsSync(executablePath))(
  'a part that moved (needs Chromium)',
  { timeout: 120_000 },
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
    }, 60_000);
    afterAll(() => browser.close());

    async function shoot(options: Parameters<typeof page>[0]): Promise<string> {
      const tab = await browser.newPage({ viewport: { width: 800, height: 500 } });
      await tab.setContent(page(options));
      const png = await tab.screenshot({ animations: 'disabled' });
      await tab.close();
      return png.toString('base64');
    }

    async function regions(after: Parameters<typeof page>[0]) {
      const { output } = await callSkill(skill, {
        operation: 'compare',
        before: await shoot({}),
        after: await shoot(after),
      });
      if (output?.operation !== 'compare') throw new Error('no answer');
      expect(output.pass).toBe(false);
      return output.regions ?? [];
    }

    if (process.env['NIGHTLY']) {
      it('down, pushed by a notice, is a shift by the height of the notice, which is reported apart', async () => {
        const found = await regions({ notice: 'Closed on Monday' });
        const shifts = found.filter(({ kind }) => kind === 'shift');
        expect(new Set(shifts.map(({ dx, dy }) => `${dx} ${dy}`))).toEqual(new Set(['0 40']));
        const others = found.filter(({ kind }) => kind !== 'shift');
        expect(others).toMatchObject([{ x: 0, width: 800, height: expect.any(Number) }]);
        expect(others[0]?.height).toBeLessThan(60);
        const moved = shifts.reduce((rows, { y, height }) => Math.max(rows, y + height), 0);
        expect(moved).toBeGreaterThan(340);
      });

      it('to the side is a shift at both its places', async () => {
        const [shift, ...more] = await regions({ left: 613 });
        expect(shift).toEqual({ kind: 'shift', x: 500, y: 420, width: 226, height: 36, dx: 113, dy: 0 });
        // Corners that are drawn in another way there.
        expect(more.every(({ width, height }) => width < 20 && height < 20)).toBe(true);
      });
    }

    it('below a gap that has grown is a shift, and what stands above it has not changed', async () => {
      const [shift] = await regions({ gap: 37 });
      expect(shift).toMatchObject({ kind: 'shift', dx: 0, dy: 17 });
      expect(shift?.y).toBeGreaterThan(180);
    });

    it('is not told where a word has changed', async () => {
      const found = await regions({ word: 'Farewell' });
      expect(found.map(({ kind }) => kind)).not.toContain('shift');
    });
  },
);
