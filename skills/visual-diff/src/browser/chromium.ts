import { SkillError } from '@odoobo/skill-kit';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserType } from 'playwright-core';

/** Where distributions and macOS put it. */
const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

const launchMs = 15_000;

export interface LaunchOptions {
  /** The value of CHROMIUM_PATH; undefined looks where it usually is. */
  executable: string | undefined;
  /** URL of the proxy that everything goes through. */
  proxy: string;
}

/**
 * Starts a browser of its own for one call.
 * @throws SkillError 503 when there is no Chromium or no playwright-core where this runs, or it does not start
 */
export async function launchChromium({ executable, proxy }: LaunchOptions): Promise<Browser> {
  const executablePath = executable ?? places.find((place) => existsSync(place));
  if (!executablePath || !existsSync(executablePath)) {
    const where = executable
      ? `CHROMIUM_PATH names ${executable}, which does not exist`
      : 'Chromium is not installed';
    throw missing(`${where}. Install it (Debian: apt-get install chromium), or set CHROMIUM_PATH`);
  }
  const chromium = loadPlaywright();
  try {
    return await chromium.launch({
      executablePath,
      // By default the browser does not use a proxy for the loopback; playwright changes that.
      proxy: { server: proxy },
      args: ['--force-webrtc-ip-handling-policy=disable_non_proxied_udp', '--disable-quic'],
      // Root has no use of the sandbox: Chromium refuses to start with it.
      chromiumSandbox: process.getuid?.() !== 0,
      timeout: launchMs,
      // A service that is asked to stop finishes its work first.
      handleSIGHUP: false,
      handleSIGINT: false,
      handleSIGTERM: false,
    });
  } catch (cause) {
    const [first] = String((cause as Error).message).split('\n');
    throw missing(`${executablePath} does not start: ${first}`, cause);
  }
}

/** Not shipped, because it is not needed where there is no browser: it is looked for where the service runs. */
function loadPlaywright(): BrowserType {
  try {
    const require = createRequire(`${process.cwd()}/`);
    return (require('playwright-core') as { chromium: BrowserType }).chromium;
  } catch (cause) {
    throw missing(
      'playwright-core is not installed where this service runs. Install it: npm install playwright-core',
      cause,
    );
  }
}

function missing(why: string, cause?: unknown): SkillError {
  const message = `Pages cannot be opened: ${why}. Comparing two pictures needs no browser.`;
  return new SkillError(503, 'no_browser', message, { cause });
}
