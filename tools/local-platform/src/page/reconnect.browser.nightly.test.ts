import { describe, expect, it } from 'vitest';
import { specOf, testPlatform } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';
import { chromiumPath, useBrowser } from './browser.test.helper.js';

describe.skipIf(chromiumPath === undefined)(
  'an open tab, when the platform is stopped (needs Chromium)',
  { timeout: 60_000 },
  () => {
    const browser = useBrowser();

    it('keeps showing the last data, continues when the platform is back, and reports a new token', async () => {
      const test = await testPlatform();
      const { url, token } = test.platform;
      const again = { directory: test.directory, port: Number(new URL(url).port) };
      await test.deploy(specOf('shop', await test.image(goodService('one'))));
      const page = await browser.open(`${url}/#token=${token}`);
      await page.getByRole('link', { name: 'shop' }).first().click();
      await page.getByText('Follows the log').waitFor();
      await test.platform.close();
      const gone = page.getByRole('alert').filter({ hasText: 'does not answer' });
      await gone.getByText('npx local-platform start').waitFor();
      await page.getByRole('heading', { name: 'shop' }).waitFor();
      const back = await testPlatform({ ...again, token });
      await gone.waitFor({ state: 'detached' });
      // The service was started again, and its log is followed again.
      await page
        .getByRole('log')
        .getByText(/one is up[^]*one is up/)
        .waitFor();
      await back.platform.close();
      await testPlatform({ ...again, token: 'another' });
      await page.getByRole('alert').getByText('has a new one').waitFor();
      await page.getByText('npx local-platform status').waitFor();
      // The link may be pasted, and only a link will do.
      const field = page.getByLabel('Open the link, or paste it here');
      await field.fill(`${url}/`);
      await page.getByRole('button', { name: 'Open' }).click();
      await page.getByRole('alert').getByText('Copy the whole link').waitFor();
      await field.fill(`${url}/#token=another`);
      await page.getByRole('button', { name: 'Open' }).click();
      // What was shown is shown again.
      await page.getByRole('heading', { name: 'shop', level: 1 }).waitFor();
      expect(page.url()).toBe(`${url}/#/apps/shop`);
    });

    it("computes ages with the platform's clock, not the browser's", async () => {
      const test = await testPlatform({ progression: 'manual' });
      const context = await browser.context();
      // Two hours fast.
      await context.clock.install({ time: Date.now() + 7_200_000 });
      const page = await context.newPage();
      await test.create(specOf('shop', `sha256:${'1'.repeat(64)}`));
      await page.goto(`${test.platform.url}/#token=${test.platform.token}`);
      await page
        .getByRole('row', { name: 'shop' })
        .getByText(/^\d+ s$/)
        .waitFor();
      await page.getByRole('link', { name: 'shop' }).first().click();
      await page
        .getByRole('table', { name: 'Deployments' })
        .getByText(/^\d+ s$/)
        .first()
        .waitFor();
      expect(await page.getByText(/^\d+ h$/).count()).toBe(0);
    });
  },
);
