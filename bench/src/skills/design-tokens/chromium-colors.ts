import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

/** A colour on the page: what Chromium paints, and what the skill says in CSS. */
export interface Difference {
  property: string;
  chromium: string;
  skill: string;
}

export interface Comparison {
  compared: number;
  /** Colours of properties that no element of the page has. */
  elsewhere: number;
  differences: Difference[];
}

/** The browser, or undefined where the machine has none. */
export async function launchChromium(): Promise<Browser | undefined> {
  const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] }).catch(() => undefined);
}

/**
 * Compares colours with those that Chromium computes. Both are painted on a canvas, so that no notation hides a difference;
 * a channel may differ by 1 of 255.
 * @param root the attributes of the root element, @param colors the colour of each custom property, in CSS
 */
export async function compareWithChromium(
  browser: Browser,
  css: string,
  root: string,
  colors: Record<string, string>,
): Promise<Comparison> {
  const page = await browser.newPage();
  try {
    await page.setContent(`<!doctype html><html ${root}><head></head><body></body></html>`);
    // Tailwind's @theme is no CSS: Tailwind writes its properties into :root.
    await page.addStyleTag({
      content: css.replace(/@theme[^{]*\{/g, ':root {').replaceAll('--theme(', 'var('),
    });
    await page.addScriptTag({
      path: join(import.meta.dirname, '../../../src/skills/design-tokens/paint-colors.mjs'),
    });
    return await page.evaluate<Comparison>(`paintBoth(${JSON.stringify(Object.entries(colors))})`);
  } finally {
    await page.close();
  }
}
