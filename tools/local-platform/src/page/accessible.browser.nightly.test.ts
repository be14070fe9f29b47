import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { sendDelivery } from '../client/send-delivery.js';
import { noDigest, specOf, testPlatform } from '../testing/platform.test.helper.js';
import { cutOff, violationsOf } from './accessible.test.helper.js';
import { chromiumPath, useBrowser } from './browser.test.helper.js';
import { deployTroubles, deployWell } from './troubles.test.helper.js';

const manyApps = 55;

const figures = {
  deployments: 9,
  deploymentsPerDay: 0.3,
  leadTimeSeconds: 7_200,
  changeFailureRate: 0.125,
  changes: 10,
  failures: 1,
  timeToRestoreSeconds: 600,
  notRestored: 1,
};
const delivery = {
  since: '2026-06-01T00:00:00.000Z',
  until: '2026-07-01T00:00:00.000Z',
  all: figures,
  skills: ['well', 'another-skill'].map((name) => ({ name, ...figures })),
  days: [
    { day: '2026-06-01', deployments: 9, failures: 0 },
    { day: '2026-06-02', deployments: 0, failures: 1 },
  ],
};

/** The settings in which each view and dialog is checked. */
const looks = [
  { name: 'light', colorScheme: 'light', width: 1200, rules: {} },
  // Only the colours are others.
  { name: 'dark', colorScheme: 'dark', width: 1200, rules: { runOnly: ['color-contrast'] } },
  { name: '390 px wide', colorScheme: 'light', width: 390, rules: {} },
  // As wide as a page is at most that is magnified four times on a usual screen; the structure is that of 390 px.
  { name: '320 px wide', colorScheme: 'light', width: 320, rules: { runOnly: ['color-contrast'] } },
] as const;

describe.skipIf(chromiumPath === undefined)(
  'every view and dialog of the page (needs Chromium)',
  { timeout: 120_000 },
  () => {
    const browser = useBrowser();

    it('has no accessibility violation and no horizontal overflow, with one app', async () => {
      const test = await testPlatform();
      const page = await browser.open(test.platform.url);
      await page.getByText('needs the token').waitFor();
      await check(page, 'no token');
      await page.goto(`${test.platform.url}/#token=${test.platform.token}`);
      await page.getByText('No apps yet').waitFor();
      await check(page, 'no apps');
      await deployWell(test);
      await page.getByRole('row', { name: 'well' }).getByText('HEALTHY').waitFor();
      await check(page, 'all apps');
      await sendDelivery(test.platform, delivery, AbortSignal.timeout(30_000));
      await page
        .getByRole('img', { name: /^Chart of deployments a day: 9 deployments and 1 failure / })
        .waitFor();
      await page.getByText('9 changes that were live and verified').waitFor();
      await check(page, 'delivery figures');
      await openApp(page, 'well');
      await page.getByRole('log').getByText('two is up').waitFor();
      await check(page, 'an app');
      // What is picked is seen without the page's own colours, too.
      await page.emulateMedia({ forcedColors: 'active' });
      const look = (name: string) => groundOf(page.getByRole('button', { name, exact: true }));
      expect(await look('Run')).not.toBe(await look('Build'));
      await page.emulateMedia({ forcedColors: 'none' });
      for (const name of ['Restart', 'Redeploy', 'Delete', /^Changes of/, /^Roll back to/]) {
        await page.getByRole('button', { name }).first().click();
        await page.getByRole('dialog').waitFor();
        await check(page, `the dialog of ${name}`);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      }
      await page.getByRole('link', { name: 'Metrics' }).click();
      await page.getByRole('img', { name: /^Chart of response times/ }).waitFor();
      await page.getByRole('img', { name: /^Chart of memory\. web [\d.]+ MB, 0 restarts/ }).waitFor();
      await check(page, 'metrics');
      await page.getByRole('link', { name: 'Variables' }).click();
      await page.getByRole('row', { name: 'API_TOKEN secret' }).getByText('set', { exact: true }).waitFor();
      await page.getByRole('row', { name: 'EMPTY' }).getByText('not set').waitFor();
      expect(await page.content()).not.toContain('hush');
      await check(page, 'variables');
    });

    it('has none with one app for each kind of trouble', async () => {
      const test = await testPlatform();
      const page = await browser.open(`${test.platform.url}/#token=${test.platform.token}`);
      await deployTroubles(test);
      for (const [name, text] of states) {
        const row = page.getByRole('row', { name });
        await row.getByText(text).first().waitFor();
      }
      await check(page, 'all apps');
      await openApp(page, 'crashing');
      await page.getByText(/^Last \d+ (?:s|min) ago: web ended with code 1: .*no table "orders"/).waitFor();
      await page.getByRole('button', { name: 'Crashed' }).click();
      await page.getByRole('log').getByText('no table "orders"').first().waitFor();
      await check(page, 'a crash');
      await openApp(page, 'failed');
      await page.getByRole('list', { name: 'Steps' }).getByText('ERROR').waitFor();
      await check(page, 'a failed deployment');
      await openApp(page, 'pinned');
      await page.getByRole('button', { name: 'Commit' }).click();
      await check(page, 'a pinned app');
      await page.keyboard.press('Escape');
      await openApp(page, 'building');
      await page.getByRole('button', { name: 'Cancel deployment' }).click();
      await check(page, 'a deployment under way');
      await page.keyboard.press('Escape');
      await test.platform.close();
      await page.getByRole('alert').waitFor();
      await check(page, 'a platform that is gone');
    });

    it(`is still so with ${manyApps} apps of 10 deployments each, and names of every length`, async () => {
      const test = await testPlatform({ progression: { simulate: () => ({}) } });
      const names = Array.from(
        { length: manyApps },
        (_, index) => `app-${index}-${'x'.repeat(1 + (index % 20))}`,
      );
      const apps = await Promise.all(names.map((name) => test.create(specOf(name, noDigest))));
      const deployNine = async (id: string) => {
        for (let deployment = 1; deployment < 10; deployment++)
          await test.call('POST', `/v2/apps/${id}/deployments`);
      };
      await Promise.all(apps.map(({ id }) => deployNine(id)));
      const page = await browser.open(`${test.platform.url}/#token=${test.platform.token}`);
      await page.getByRole('button', { name: `${manyApps} live` }).waitFor();
      expect(await page.getByRole('table').first().getByRole('row').count()).toBe(manyApps + 1);
      await check(page, 'many apps');
      await openApp(page, names[0] ?? '');
      await page.getByRole('row').nth(10).waitFor();
      await check(page, '10 deployments');
      expect(await heapAfterRefreshes(page, 40)).toBeLessThan(50e6);
    });
  },
);

/** What the table of all apps shows of each. */
const states = [
  ['well', 'HEALTHY'],
  ['never-live', 'ERROR'],
  ['pinned', 'PINNED'],
  ['unhealthy', 'UNHEALTHY'],
  ['crashing', '1 restart'],
  ['failed', 'DeployContainerExitNonZero'],
  ['building', 'DEPLOYING'],
] as const;

async function openApp(page: Page, name: string): Promise<void> {
  await page.getByRole('link', { name: 'Local platform' }).click();
  await page.getByRole('link', { name, exact: true }).first().click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
}

function groundOf(element: Locator): Promise<string> {
  return element.evaluate((one) => {
    const { getComputedStyle } = globalThis as unknown as {
      getComputedStyle(element: unknown): { backgroundColor: string };
    };
    return getComputedStyle(one).backgroundColor;
  });
}

/** In every look: no violation, and nothing that only scrolling to the side would show. */
async function check(page: Page, view: string): Promise<void> {
  for (const { name, colorScheme, width, rules } of looks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    expect(await violationsOf(page, rules), `${view}, ${name}`).toEqual([]);
    // Charts learn of a new width only after the page is laid out.
    await expect.poll(() => cutOff(page), { message: `${view}, ${name}`, timeout: 10_000 }).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1200, height: 800 });
}

/** The page refreshes when it becomes visible. @returns bytes of JavaScript's heap, with what is not collected yet */
async function heapAfterRefreshes(page: Page, refreshes: number): Promise<number> {
  for (let refresh = 0; refresh < refreshes; refresh++) {
    await Promise.all([
      page.waitForResponse((response) => response.url().endsWith('/page/vitals')),
      page.evaluate("document.dispatchEvent(new Event('visibilitychange'))"),
    ]);
  }
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN;
}
