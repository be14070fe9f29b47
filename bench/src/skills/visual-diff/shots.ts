import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { repository } from '../../support/skills-workspace.js';

interface Case {
  css?: string;
  replace?: [from: string, to: string];
  args?: string[];
  /** Noise that is added to the pixels; left out here, since that needs a decoder. */
  levels?: number;
}

type Group = 'regressions' | 'more' | 'noise';

/** Files of screenshots. */
export interface Shots {
  before: string;
  groups: Record<Group, string[]>;
  /** A page that is 20,000 pixels high, and the same with one digit changed near its end. */
  tall: { before: string; after: string };
}

/** @returns path of the browser, if it is installed */
export function findChromium(): string | undefined {
  return ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) =>
    existsSync(file),
  );
}

const cases = join(repository, 'skills/visual-diff/src/cases');
const tallHeight = 20_000;

/** Takes a screenshot of the page of visual-diff's tests, and of each change of it. */
export async function takeShots(executablePath: string, folder: string, signal: AbortSignal): Promise<Shots> {
  const html = await readFile(join(cases, 'page.html'), 'utf8');
  const groups = JSON.parse(await readFile(join(cases, 'cases.json'), 'utf8')) as Record<Group, Case[]>;
  const launch = (args: string[]) =>
    chromium.launch({ executablePath, args, chromiumSandbox: process.getuid?.() !== 0 });
  const browser = await launch([]);
  const shoot = async (file: string, each: Case) => {
    signal.throwIfAborted();
    const own = each.args && (await launch(each.args));
    await screenshot(own ?? browser, withCase(html, each), join(folder, file), 1000);
    await own?.close();
    return join(folder, file);
  };
  const shootAll = async (group: Group) => {
    const files: string[] = [];
    for (const [number, each] of groups[group].filter(({ levels }) => levels === undefined).entries())
      files.push(await shoot(join(group, `${number}.png`), each));
    return files;
  };
  try {
    return {
      before: await shoot('before.png', {}),
      groups: {
        regressions: await shootAll('regressions'),
        more: await shootAll('more'),
        noise: await shootAll('noise'),
      },
      tall: await shootTall(browser, html, folder),
    };
  } finally {
    await browser.close();
  }
}

function withCase(html: string, { css = '', replace = ['', ''] }: Case): string {
  return html.replace(...replace).replace('</head>', `<style>${css}</style></head>`);
}

async function shootTall(browser: Browser, html: string, folder: string): Promise<Shots['tall']> {
  const [, head = '', body = ''] = /^([^]*<body>)([^]*)<\/body>/.exec(html) ?? [];
  const page = head + body.repeat(20);
  const end = page.lastIndexOf('184.50');
  const changed = `${page.slice(0, end)}189.50${page.slice(end + '184.50'.length)}`;
  const tall = { before: join(folder, 'tall-before.png'), after: join(folder, 'tall-after.png') };
  await screenshot(browser, page, tall.before, tallHeight);
  await screenshot(browser, changed, tall.after, tallHeight);
  return tall;
}

async function screenshot(browser: Browser, html: string, file: string, height: number): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  await page.setContent(html);
  const clip = { x: 0, y: 0, width: 1280, height };
  const png = await page.screenshot({ animations: 'disabled', fullPage: height > 1000, clip });
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, png);
  await page.close();
}
