import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';

const names = ['chromium', 'chromium-browser', 'google-chrome'];
const ofMacOs = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/**
 * Where Chromium is on this machine: `CHROMIUM_PATH`, the usual names on PATH, or macOS's place. Undefined where there is
 * none: the tests are skipped then, but not in CI.
 */
export const chromiumPath = findChromium();

function findChromium(): string | undefined {
  const { CHROMIUM_PATH: configured, PATH = '', CI: ci } = process.env;
  const onPath = [...PATH.split(delimiter), '/usr/bin'].flatMap((folder) =>
    names.map((name) => join(folder, name)),
  );
  const found = configured ?? [...onPath, ofMacOs].find(isExecutable);
  if (found === undefined && ci === 'true') {
    throw new Error(
      'The tests of the page need Chromium, and there is none. Install it, or set CHROMIUM_PATH.',
    );
  }
  return found;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** It connects only to the page. Root has no sandbox, as in most containers. */
const flags = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

/** One browser for the tests of a file; each page has a profile of its own, closed after its test. */
export function useBrowser(): { open(url: string): Promise<Page>; context(): Promise<BrowserContext> } {
  let browser: Browser;
  beforeAll(async () => {
    if (chromiumPath !== undefined) browser = await launch(chromiumPath);
  }, 60_000);
  afterAll(async () => browser?.close());
  const context = async () => {
    const opened = await browser.newContext({ viewport: { width: 1200, height: 800 }, colorScheme: 'light' });
    onTestFinished(() => opened.close());
    opened.setDefaultTimeout(30_000);
    return opened;
  };
  return {
    context,
    open: async (url) => {
      const page = await (await context()).newPage();
      await page.goto(url);
      return page;
    },
  };
}

function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: flags });
}
