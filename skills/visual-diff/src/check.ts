import { SkillError } from '@odoobo/skill-kit';
import type { Reach } from '@odoobo/skill-kit/outgoing';
import { setImmediate as letOthersRun } from 'node:timers/promises';
import { type BaselineStore, type Screenshot, screenshotOf } from './baselines/store.js';
import { capture, type Pages, type Shot } from './browser/capture.js';
import { launchChromium } from './browser/chromium.js';
import { GuardProxy } from './browser/guard-proxy.js';
import { compareImages, type Limits, minSsim } from './images/compare.js';
import { openImage } from './images/read-image.js';
import { reportOf } from './report/report.js';
import type { Checked, CheckInput, Place, Viewport } from './schema.js';

const presets: Record<'desktop' | 'mobile', Viewport> = {
  desktop: { name: 'desktop', width: 1280, height: 800, mobile: false },
  mobile: { name: 'mobile', width: 390, height: 844, mobile: true },
};

export interface Checking {
  url: URL;
  reachOf: (url: URL) => Reach;
  store: BaselineStore;
  executable: string | undefined;
  signal: AbortSignal;
}

/**
 * Looks at every page and compares it with its baseline; what is new or has changed is kept for approval.
 * @throws SkillError 403, 422 or 503 when no page can be looked at, and what `signal` aborts with
 */
export async function check(input: CheckInput, checking: Checking): Promise<Checked[]> {
  const { signal } = checking;
  const proxy = await GuardProxy.start(checking.reachOf);
  try {
    signal.throwIfAborted();
    const browser = await launchChromium({ executable: checking.executable, proxy: proxy.url });
    // Once: a second call would not wait for the first.
    let closing: Promise<void> | undefined;
    const close = () => (closing ??= browser.close());
    signal.addEventListener('abort', close);
    try {
      signal.throwIfAborted();
      const results: Checked[] = [];
      for await (const shot of capture(browser, pagesOf(input, checking.url, proxy))) {
        // A browser that was closed under its work makes pages fail.
        signal.throwIfAborted();
        results.push(await judge(shot, input, checking.store));
        await letOthersRun();
      }
      return results;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', close);
      await close();
    }
  } finally {
    await proxy.close();
  }
}

function pagesOf({ routes, viewports, masks, full_page }: CheckInput, url: URL, proxy: GuardProxy): Pages {
  return {
    url,
    routes: [...new Set(routes)],
    viewports: viewports.map((viewport) => (typeof viewport === 'string' ? presets[viewport] : viewport)),
    selectors: masks.flatMap((mask) => ('selector' in mask ? mask.selector : [])),
    fullPage: full_page,
    failureOf: (host) => proxy.failureOf(host),
  };
}

async function judge(shot: Shot, input: CheckInput, store: BaselineStore): Promise<Checked> {
  const { route, viewport } = shot;
  const place = { route, viewport };
  if ('reason' in shot) return { ...place, status: 'failed', reason: shot.reason };
  const { png } = shot;
  const { project } = input;
  const screenshot = screenshotOf(png);
  const baseline = await store.baseline(project, place);
  const verdict = baseline
    ? await compareWith(baseline, { screenshot, png }, limitsOf(input, viewport), titleOf(input, place))
    : newVerdict;
  if (verdict.status === 'passed') await store.dropCandidate(project, place);
  if (verdict.status === 'new' || verdict.status === 'changed') {
    await store.keepCandidate(project, place, png);
    return { ...place, ...verdict, screenshot, image: png.toString('base64') };
  }
  return { ...place, ...verdict, screenshot };
}

type Verdict = Pick<Checked, 'status' | 'reason' | 'comparison'>;

const newVerdict: Verdict = { status: 'new' };

/** @param title of the report, if one was asked for */
async function compareWith(
  before: Screenshot,
  after: Screenshot,
  limits: Limits,
  title: string | undefined,
): Promise<Verdict> {
  if (before.screenshot === after.screenshot) return { status: 'passed' };
  try {
    const [approved, taken] = await Promise.all([
      openImage(before.png, 'baseline'),
      openImage(after.png, 'screenshot'),
    ]);
    const comparison = await compareImages(approved, taken, limits);
    const images = { before: before.png.toString('base64'), after: after.png.toString('base64') };
    const report = title === undefined ? {} : { report: reportOf({ title, ...images, comparison }) };
    return { status: comparison.pass ? 'passed' : 'changed', comparison: { ...comparison, ...report } };
  } catch (error) {
    if (!(error instanceof SkillError)) throw error;
    return { status: 'failed', reason: error.message };
  }
}

function titleOf({ project, report }: CheckInput, { route, viewport }: Place): string | undefined {
  return report ? `${project} ${route} ${viewport.name}` : undefined;
}

function limitsOf(
  { min_ssim, max_changed_ratio, color_threshold, max_shift, masks }: CheckInput,
  { mobile }: Viewport,
): Limits {
  return {
    minSsim: min_ssim,
    maxChangedRatio: max_changed_ratio,
    defaultMinSsim: mobile ? minSsim.mobile : minSsim.desktop,
    colorThreshold: color_threshold,
    maxShift: max_shift,
    masks: masks.flatMap((mask) => ('selector' in mask ? [] : mask)),
  };
}
