import { SkillError } from '@odoobo/skill-kit';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Place, Viewport } from '../schema.js';

/** The longest time for one page to load, in milliseconds. */
const pageMs = 10_000;

export interface Pages {
  url: URL;
  routes: string[];
  viewports: Viewport[];
  /** CSS selectors of what is painted over. */
  selectors: string[];
  fullPage: boolean;
  /** Why a host was not called, if it could not or must not be. */
  failureOf: (host: string) => SkillError | undefined;
}

/** How a page looks, or why it cannot be seen. */
type Look = { png: Buffer } | { reason: string };

export type Shot = Place & Look;

/**
 * Takes a screenshot of every route in every viewport, as far as can be always the same: no animation, no caret, one
 * time zone and language, and the density of the viewport.
 * @throws SkillError 403 when the host of a page is refused, 422 for a wrong selector
 */
export async function* capture(browser: Browser, pages: Pages): AsyncGenerator<Shot> {
  for (const viewport of pages.viewports) {
    const context = await browser.newContext({
      viewport: { width: viewport.width, height: viewport.height },
      isMobile: viewport.mobile,
      hasTouch: viewport.mobile,
      deviceScaleFactor: viewport.scale ?? 1,
      reducedMotion: 'reduce',
      colorScheme: 'light',
      locale: 'en-US',
      timezoneId: 'UTC',
      serviceWorkers: 'block',
      acceptDownloads: false,
    });
    for (const route of pages.routes) yield { route, viewport, ...(await shoot(context, route, pages)) };
    await context.close();
  }
}

async function shoot(context: BrowserContext, route: string, pages: Pages): Promise<Look> {
  const page = await context.newPage();
  try {
    const reason = await open(page, pageUrl(pages.url, route), pages);
    if (reason) return { reason };
    for (const selector of pages.selectors) await refuseWrongSelector(page, selector);
    const png = await page.screenshot({
      fullPage: pages.fullPage,
      animations: 'disabled',
      mask: pages.selectors.map((selector) => page.locator(`css=${selector}`)),
      timeout: pageMs,
    });
    return { png };
  } catch (error) {
    if (error instanceof SkillError || !context.browser()?.isConnected()) throw error;
    return { reason: asReason(error as Error) };
  } finally {
    await page.close();
  }
}

/** @returns why the page cannot be seen; undefined when it can */
async function open(page: Page, url: URL, { failureOf }: Pages): Promise<string | undefined> {
  // Chromium takes an error without a body for a failure to load, so the status is noted as it comes.
  let answer = { status: 200, host: url.host };
  page.on('response', (response) => {
    const isPage = response.request().isNavigationRequest() && response.frame() === page.mainFrame();
    if (isPage) answer = { status: response.status(), host: new URL(response.url()).host };
  });
  const error = await page.goto(url.href, { waitUntil: 'load', timeout: pageMs }).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  const failure = error || [403, 502].includes(answer.status) ? failureOf(answer.host) : undefined;
  if (failure?.status === 403 && answer.host === url.host) throw failure;
  if (failure) return failure.message;
  if (answer.status >= 400) return `it answered ${answer.status}`;
  if (error) throw error;
  return undefined;
}

async function refuseWrongSelector(page: Page, selector: string): Promise<void> {
  try {
    await page.locator(`css=${selector}`).count();
  } catch (cause) {
    if (page.isClosed()) throw cause;
    throw new SkillError(422, 'invalid_selector', `"${selector}" is not a CSS selector.`, { cause });
  }
}

/** Routes are below the path of the URL. */
function pageUrl(base: URL, route: string): URL {
  return new URL(`${base.origin}${base.pathname.replace(/\/+$/, '')}${route}`);
}

function asReason({ name, message }: Error): string {
  if (name === 'TimeoutError') return `it did not load within ${pageMs / 1000} s`;
  const [, net] = /net::(\w+)/.exec(message) ?? [];
  return net ? `it cannot be reached: ${net}` : (message.split('\n')[0] ?? '');
}
