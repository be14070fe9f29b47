import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { serverFolder, terminal } from '../testing/cli.test.helper.js';
import { ask, service } from '../testing/components.test.helper.js';
import {
  impatient,
  noDigest,
  specOf,
  type TestPlatform,
  testPlatform,
} from '../testing/platform.test.helper.js';
import { crashingService, goodService } from '../testing/services.test.helper.js';
import { chromiumPath, useBrowser } from './browser.test.helper.js';

/** Prints a line for each request, as it comes. */
const talkingService = `
  import { createServer } from 'node:http';
  createServer((request, response) => {
    console.log('asked for ' + decodeURIComponent(request.url));
    if (request.url === '/burst') for (let line = 1; line <= 5_000; line++) console.log('line ' + line);
    response.end();
  }).listen(process.env.PORT, process.env.HOST);
  process.on('SIGTERM', () => process.exit(0));
`;

const markup = '<img src=x onerror="document.title=\'taken over\'">';

describe.skipIf(chromiumPath === undefined)(
  'the page in a browser (needs Chromium)',
  { timeout: 60_000 },
  () => {
    const browser = useBrowser();
    const openPage = ({ platform }: TestPlatform) => browser.open(`${platform.url}/#token=${platform.token}`);

    it('shows the apps, and each deployment while it goes on, without a reload', async () => {
      const test = await testPlatform();
      const page = await openPage(test);
      await page.getByText('No apps yet').waitFor();
      expect(page.url()).toBe(`${test.platform.url}/`);
      const digest = await test.image(goodService('one'));
      const app = await test.deploy(specOf('shop', digest));
      const row = page.getByRole('row', { name: 'shop' });
      await row.getByText('ACTIVE').waitFor();
      await row.getByText('HEALTHY').waitFor();
      await row.getByText(/^[\d.]+ ms$/).waitFor();
      await row.getByText(digest.slice(7, 14)).waitFor();
      await row.getByText('one', { exact: true }).waitFor();
      expect(await row.getByRole('link', { name: /^127\.0\.0\.1:/ }).getAttribute('href')).toBe(app.live_url);
      await page.getByRole('button', { name: '1 live' }).waitFor();
      // What is in progress shows how far it is; what failed is trouble.
      const stuck = specOf('shop', await test.image('setInterval(() => undefined, 1000);'));
      await test.call('PUT', `/v2/apps/${app.id}`, { spec: stuck });
      await row.getByText('DEPLOYING').waitFor();
      await row.getByText(/^\d\/6$/).waitFor();
      await test.redeploy(app.id, specOf('shop', await test.image(crashingService)));
      await row.getByText('ERROR').waitFor();
      await page.getByRole('button', { name: '1 in trouble' }).waitFor();
      await page.getByRole('list', { name: 'Last events' }).getByText('DeployContainerExitNonZero').waitFor();
    });

    it('shows why a deployment failed, with its steps and its log', async () => {
      const test = await testPlatform();
      await test.deploy(specOf('shop', await test.image(crashingService)));
      const page = await openPage(test);
      await page.getByRole('link', { name: 'shop' }).first().click();
      await page.getByRole('row').getByText('DeployContainerExitNonZero').waitFor();
      const step = page
        .getByRole('list', { name: 'Steps' })
        .getByRole('listitem')
        .filter({ hasText: 'ERROR' });
      await step.getByText(/code 7/).waitFor();
      await page.getByRole('log').getByText('no database').waitFor();
      await page.getByRole('button', { name: 'Deploy', exact: true }).click();
      await page.getByRole('log').getByText('DeployContainerExitNonZero').waitFor();
      // Said on every tab, above it; and the title of the browser's tab says which is shown.
      await page.getByRole('link', { name: 'Variables' }).click();
      const standing = page.getByRole('main').getByRole('paragraph').first();
      await standing.getByText('DeployContainerExitNonZero').waitFor();
      expect(await standing.textContent()).not.toContain('–');
      expect(await page.title()).toBe('Variables of shop · Local platform');
    });

    /** The page of a service whose log has a line for each request. */
    async function followTheLog() {
      const test = await testPlatform();
      const { live_url: url } = await test.deploy(specOf('shop', await test.image(talkingService)));
      const say = (text: string) => fetch(`${url}/${encodeURIComponent(text)}`);
      const page = await openPage(test);
      await page.getByRole('link', { name: 'shop' }).first().click();
      await page.getByText('Follows the log').waitFor();
      return { page, log: page.getByRole('log'), url, say };
    }

    it('follows the run log, shows each line as plain text and keeps its colours', async () => {
      const { page, log, say } = await followTheLog();
      await say(
        `\u001b[31m${markup}\u001b[0m \u001b]8;;javascript:alert(1)\u0007link\u001b]8;;\u0007 \u001b[2Jafter`,
      );
      await log.getByText(`asked for /${markup} link after`).waitFor();
      const red = log.getByText(markup, { exact: true });
      expect(await red.getAttribute('class')).toBe('ansi-red');
      expect(await page.locator('img[src="x"], [role=log] a').count()).toBe(0);
      expect(await page.title()).toContain('shop');
    });

    if (process.env['NIGHTLY']) {
      it('finds lines of the run log, filters them by level, saves it whole, and keeps up with many at once', async () => {
        const { page, log, url, say } = await followTheLog();
        // Found, filtered by level, and saved whole.
        await say('warning: stock is low');
        await say('Error: no stock');
        await log.getByText('no stock').waitFor();
        await page.getByRole('combobox', { name: 'Level' }).selectOption('errors');
        await page.getByText(/ 1 of \d+ lines\.$/).waitFor();
        expect(await log.textContent()).toContain('Error: no stock');
        await page.getByRole('combobox', { name: 'Level' }).selectOption('all levels');
        await page.getByRole('searchbox', { name: 'Search the log' }).fill('STOCK');
        await page.getByText(/ 2 of \d+ lines\.$/).waitFor();
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('button', { name: 'Download' }).click(),
        ]);
        expect(download.suggestedFilename()).toMatch(/^shop-[0-9a-f]{8}-run\.log$/);
        const saved = await readFile(await download.path(), 'utf8');
        for (const text of ['warning: stock is low', 'Error: no stock']) expect(saved).toContain(text);
        // It keeps up with many lines at once, and says that it shows the last of them only.
        const search = page.getByRole('searchbox', { name: 'Search the log' });
        await search.fill('');
        await fetch(`${url}/burst`);
        await log.getByText('line 5000').waitFor();
        await search.fill('line 5000');
        await page.getByText(/ the last 2000 lines; .* 1 of 2000 lines\.$/).waitFor();
      });
    }

    it('shows names and reasons as text, whatever the API answers', async () => {
      const test = await testPlatform({ progression: 'manual' });
      await test.create(specOf('shop', noDigest));
      await test.platform.advance('shop', 'ACTIVE');
      const context = await browser.context();
      const page = await context.newPage();
      await page.route('**/v2/apps?*', async (route) => {
        const body = await (await route.fetch()).text();
        const hostile = JSON.stringify(markup).slice(1, -1);
        await route.fulfill({
          body: body
            .replaceAll('"shop"', `"${hostile}"`)
            .replaceAll('initial deployment', hostile)
            .replaceAll(/"live_url":"[^"]*"/g, '"live_url":"javascript:alert(1)"'),
        });
      });
      await page.goto(`${test.platform.url}/#token=${test.platform.token}`);
      await page.getByRole('row').getByText(markup).waitFor();
      await page.getByRole('list').getByText(markup).first().waitFor();
      expect(await page.locator('img[src="x"], a[href^="javascript"]').count()).toBe(0);
      expect(await page.title()).toBe('Local platform');
    });

    if (process.env['NIGHTLY']) {
      it('draws the response times of the requests', async () => {
        const test = await testPlatform();
        const { live_url: url } = await test.deploy(specOf('shop', await test.image(goodService('one'))));
        await Promise.all(Array.from({ length: 40 }, () => fetch(`${url}`)));
        const page = await openPage(test);
        await page.getByRole('link', { name: 'shop' }).first().click();
        await page.getByRole('link', { name: 'Metrics' }).click();
        const chart = page.getByRole('img', {
          name: /Chart of response times\. p50 [\d.]+ ms, p95 [\d.]+ ms; 4\d requests, 0 failures/,
        });
        await chart.waitFor();
        expect(await coloursOf(page)).toBeGreaterThan(1);
      });

      it('lists the alerts of an app, and marks them in its charts', async () => {
        const test = await testPlatform();
        const alert = {
          rule: 'RESTART_COUNT',
          operator: 'GREATER_THAN',
          value: 0,
          window: 'FIVE_MINUTES',
        } as const;
        const web = service('web', await test.image(goodService('one')), { alerts: [alert] });
        const app = await test.deploy({ name: 'shop', services: [web] });
        process.kill((await ask(app)).pid, 'SIGSEGV');
        const page = await openPage(test);
        await page.getByRole('link', { name: 'shop' }).first().click();
        await page.getByRole('link', { name: 'Metrics' }).click();
        const alerts = page.getByRole('list', { name: 'Alerts' });
        await alerts.getByText(/^RESTART_COUNT of web, raised .+ ago: /).waitFor({ timeout: 90_000 });
        await page.getByRole('img', { name: /Chart of processor/ }).waitFor();
      });

      it('asks for the token, and reports a wrong one', async () => {
        const test = await testPlatform({ progression: 'manual' });
        await test.create(specOf('shop', noDigest));
        const page = await browser.open(test.platform.url);
        await page.getByText('needs the token').waitFor();
        await page.getByText('npx local-platform status').waitFor();
        await page.goto(`${test.platform.url}/#token=wrong`);
        await page.getByText('does not accept the token').waitFor();
        expect(page.url()).not.toContain('wrong');
        await page.goto(`${test.platform.url}/#token=${test.platform.token}`);
        await page.getByRole('row', { name: 'shop' }).waitFor();
        // Kept for this tab, and for no other.
        await page.reload();
        await page.getByRole('row', { name: 'shop' }).waitFor();
        const other = await page.context().newPage();
        await other.goto(test.platform.url);
        await other.getByText('needs the token').waitFor();
      });

      it('finds one app among many, and lists apps in trouble first', async () => {
        const failing = ({ name }: { name: string }) =>
          name === 'app-77' ? { failsIn: 'BUILDING' as const } : {};
        const test = await testPlatform({ progression: { simulate: failing } });
        const names = Array.from({ length: 130 }, (_, index) => `app-${index}`);
        await Promise.all(
          names.map((name) => test.create(specOf(name, noDigest, { health_check: impatient }))),
        );
        const page = await openPage(test);
        await page.getByRole('button', { name: '129 live' }).waitFor();
        // The legends of the charts have rows, too.
        const apps = page.getByRole('table').first().getByRole('row');
        await apps.nth(1).getByText('app-77').waitFor();
        expect(await apps.count()).toBe(101);
        await page.getByRole('button', { name: 'Show 100 more' }).click();
        await apps.nth(130).waitFor();
        await page.getByRole('searchbox').fill('app-120');
        await apps.nth(2).waitFor({ state: 'detached' });
        await apps.nth(1).getByText('app-120').waitFor();
      });

      it('opens by the link that a terminal prints', async () => {
        const server = await serverFolder();
        await server.ensure();
        await server.create(specOf('shop', await server.image(crashingService)));
        const printed = await terminal(['status', '--directory', server.directory]);
        const page = await browser.open(/http:\S+#token=\S+/.exec(printed)?.[0] ?? 'no link');
        await page.getByRole('row', { name: 'shop' }).getByText('ERROR').waitFor();
      });

      it('also works by another name of the machine', async () => {
        const test = await testPlatform();
        await test.deploy(specOf('shop', await test.image(goodService('one'))));
        const { port } = new URL(test.platform.url);
        const page = await browser.open(`http://localhost:${port}/#token=${test.platform.token}`);
        await page.getByRole('link', { name: 'shop' }).first().click();
        await page.getByRole('log').getByText('one is up').waitFor();
      });
    }
  },
);

/** How many colours the chart is drawn in. */
function coloursOf(page: Page): Promise<number> {
  return page
    .locator('.chart canvas')
    .last()
    .evaluate((element) => {
      const canvas = element as unknown as {
        width: number;
        height: number;
        getContext(kind: '2d'): { getImageData(...box: number[]): { data: Uint8ClampedArray } };
      };
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      const colours = new Set<number>();
      for (let i = 0; i < data.length; i += 4)
        if (data[i + 3] === 255)
          colours.add((data[i] ?? 0) * 65536 + (data[i + 1] ?? 0) * 256 + (data[i + 2] ?? 0));
      return colours.size;
    });
}
