import { type LiveSkill, startSkill } from '@odoobo/skill-kit/testing';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Browser, chromium } from 'playwright-core';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import cases from './cases/cases.json' with { type: 'json' };
import type { Comparison } from './schema.js';

const executablePath = '/usr/bin/chromium';

/** All cases at night, else one of twelve: each takes a second. */
const nightly = Boolean(process.env['NIGHTLY']);
const [regressions = [], more = [], noise = []] = [cases.regressions, cases.more, cases.noise].map(
  (list: Case[]) => list.filter((_, index) => nightly || index % 12 === 0),
);

interface Case {
  name: string;
  css?: string;
  replace?: string[];
  args?: string[];
  /** Noise that is added to every pixel, in levels. */
  levels?: number;
  /** Whether what has changed is text. */
  text?: boolean;
}

describe.skipIf(!existsSync(executablePath))('a page (needs Chromium)', { timeout: 300_000 }, () => {
  let skill: LiveSkill;
  let browser: Browser;
  let html: string;
  let before: string;

  beforeAll(async () => {
    html = await readFile(new URL('cases/page.html', import.meta.url), 'utf8');
    skill = await startSkill(new URL('main.ts', import.meta.url), { external: ['playwright-core'] });
    browser = await launch([]);
    before = await shoot({ name: 'before' });
  }, 60_000);
  afterAll(() => Promise.all([browser.close(), skill.stop()]));

  function launch(args: string[]): Promise<Browser> {
    return chromium.launch({ executablePath, args, chromiumSandbox: process.getuid?.() !== 0 });
  }

  async function shoot({ name, css = '', replace = [], args, levels }: Case): Promise<string> {
    const [from = '', to = ''] = replace;
    if (!html.includes(from)) throw new Error(`The page has no ${from} for "${name}".`);
    const own = args && (await launch(args));
    const page = await (own ?? browser).newPage({ viewport: { width: 1280, height: 1000 } });
    await page.setContent(html.replace(from, to).replace('</head>', `<style>${css}</style></head>`));
    const png = await page.screenshot({ animations: 'disabled' });
    await (own ?? page).close();
    return (levels === undefined ? png : noisy(png, levels)).toString('base64');
  }

  async function verdicts(list: Case[]) {
    const found: { name: string; pass: boolean; tellsText: boolean }[] = [];
    for (const each of list) {
      const after = await shoot(each);
      const { output, error } = await skill.call({ operation: 'compare', before, after });
      expect([each.name, error]).toEqual([each.name, undefined]);
      const { pass, regions = [] } = output as Comparison;
      found.push({ name: each.name, pass, tellsText: regions.some(({ kind }) => kind === 'text') });
    }
    return found;
  }

  it(`does not pass with any of ${regressions.length} regressions`, async () => {
    const found = await verdicts(regressions);
    expect(found.filter(({ pass }) => pass)).toEqual([]);
    expect(textsOf(found)).toEqual(namesOfTexts(regressions));
  });

  it(`does not pass with ${more.length} smaller regressions but one`, async () => {
    const found = await verdicts(more);
    const missed = found.filter(({ pass }) => pass);
    // Four corners of 4 px: what a move by half a pixel changes as well.
    expect(missed.map(({ name }) => name)).toEqual(nightly ? ['corner not round'] : []);
    expect(textsOf(found)).toEqual(namesOfTexts(more));
  });

  it('does not pass where the strokes of a text became heavier, in the same colours and places', async () => {
    const heavier = { name: 'heavier', css: 'td { -webkit-text-stroke: 0.3px }' };
    expect(await verdicts([heavier])).toMatchObject([{ pass: false }]);
  });

  it(`passes with ${noise.length} kinds of noise of the rendering`, async () => {
    const alarms = (await verdicts(noise)).filter(({ pass }) => !pass);
    expect(alarms).toEqual([]);
  });
});

function textsOf(found: { name: string; tellsText: boolean }[]): string[] {
  return found.filter(({ tellsText }) => tellsText).map(({ name }) => name);
}

function namesOfTexts(list: Case[]): string[] {
  return list.filter(({ text }) => text).map(({ name }) => name);
}

/** Adds the same noise every time. */
function noisy(png: Buffer, levels: number): Buffer {
  const image = PNG.sync.read(png);
  let state = 1;
  for (let i = 0; i < image.data.length; i++) {
    if (i % 4 === 3) continue;
    // A linear congruential generator, with the constants of ANSI C.
    state = (state * 1103515245 + 12345) % 2147483648;
    const noise = (Math.floor(state / 65536) % (2 * levels + 1)) - levels;
    image.data[i] = Math.max(0, Math.min(255, (image.data[i] ?? 0) + noise));
  }
  return PNG.sync.write(image);
}
