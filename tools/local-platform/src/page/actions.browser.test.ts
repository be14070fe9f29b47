import type { AppSpec } from '@odoobo/app-platform/spec';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { eventually, specOf, type TestPlatform, testPlatform } from '../testing/platform.test.helper.js';
import { goodService, slowService } from '../testing/services.test.helper.js';
import { chromiumPath, useBrowser } from './browser.test.helper.js';

describe.skipIf(chromiumPath === undefined)(
  'what the page does to an app (needs Chromium)',
  { timeout: 90_000 },
  () => {
    const browser = useBrowser();

    async function openApp({ platform }: TestPlatform, name: string): Promise<Page> {
      const page = await browser.open(`${platform.url}/#token=${platform.token}`);
      await page.getByRole('link', { name }).first().click();
      await page.getByRole('heading', { name, level: 1 }).waitFor();
      return page;
    }

    it('restarts, redeploys, cancels and deletes it, each after a question', async () => {
      const test = await testPlatform();
      const spec = specOf('shop', await test.image(goodService('one')));
      const app = await test.deploy(withSecret(spec));
      const page = await openApp(test, 'shop');
      const dialog = page.getByRole('dialog');
      const before = await pidOf(app.live_url);

      await page.getByRole('button', { name: 'Restart' }).click();
      await dialog.getByRole('button', { name: 'Keep as it is' }).click();
      await dialog.waitFor({ state: 'detached' });
      expect(await deploymentsOf(test, app.id)).toHaveLength(1);
      await ask(page, 'Restart');
      await page.getByRole('row').filter({ hasText: 'manual restart' }).getByText('ACTIVE').waitFor();
      expect(await pidOf(app.live_url)).not.toBe(before);

      await ask(page, 'Redeploy');
      await page.getByRole('row').filter({ hasText: 'manual' }).nth(1).waitFor();
      await test.settled(app.id);
      expect(await deploymentsOf(test, app.id)).toHaveLength(3);

      const cancel = page.getByRole('button', { name: 'Cancel deployment' });
      await cancel.waitFor({ state: 'detached' });
      const stuck = specOf('shop', await test.image(slowService));
      await test.call('PUT', `/v2/apps/${app.id}`, { spec: stuck });
      await ask(page, 'Cancel deployment');
      await page.getByRole('row').getByText('CANCELED').waitFor();
      await cancel.waitFor({ state: 'detached' });

      await page.getByRole('button', { name: 'Delete' }).click();
      const remove = dialog.getByRole('button', { name: 'Delete' });
      for (const one of ['1 component: web', `its URL ${app.live_url}`, 'its deployments and their logs'])
        await dialog.getByText(one).waitFor();
      expect(await remove.isDisabled()).toBe(true);
      await dialog.getByRole('textbox').fill('sho');
      expect(await remove.isDisabled()).toBe(true);
      await dialog.getByRole('textbox').fill('shop');
      await remove.click();
      await page.getByText('No apps yet').waitFor();
      expect((await test.call<{ apps: unknown[] }>('GET', '/v2/apps')).body.apps ?? []).toEqual([]);
    });

    if (process.env['NIGHTLY']) {
      it('rolls back without a pin, offers no version that was rolled back from, and pins when it is asked to', async () => {
        const test = await testPlatform();
        const images = { zero: '', one: '', two: '' };
        for (const version of ['zero', 'one', 'two'] as const)
          images[version] = await test.image(goodService(version));
        const app = await test.deploy(specOf('shop', images.zero));
        const one = await test.redeploy(app.id, specOf('shop', images.one));
        const two = await test.redeploy(app.id, specOf('shop', images.two));
        const page = await openApp(test, 'shop');
        const history = page.getByRole('table', { name: 'Deployments' });

        await history.getByRole('button', { name: `Roll back to ${one.id.slice(0, 8)}` }).click();
        const dialog = page.getByRole('dialog');
        expect(await dialog.getByRole('checkbox', { name: /^Pin the app/ }).isChecked()).toBe(false);
        await dialog.getByRole('button', { name: 'Roll back' }).click();
        await history.getByRole('row').filter({ hasText: 'rollback to' }).getByText('ACTIVE').waitFor();
        expect(await versionOf(app.live_url)).toBe('one');
        expect((await test.app(app.id)).pinned_deployment).toBeUndefined();

        // The replaced deployment says so; neither it nor the one that is live again is offered, but earlier ones are.
        const left = history.getByRole('row').filter({ hasText: two.id.slice(0, 8) });
        await left.getByText('ROLLED BACK FROM').waitFor();
        expect(await namesOf(history.getByRole('button', { name: /^Roll back to/ }))).toHaveLength(1);

        await history.getByRole('button', { name: /^Roll back to/ }).click();
        await dialog.getByRole('checkbox', { name: /^Pin the app/ }).check();
        await dialog.getByRole('button', { name: 'Roll back' }).click();
        await page.getByText('Pinned to rollback deployment').waitFor();
        await eventually(async () => (await versionOf(app.live_url)) === 'zero' || undefined);
        // Every write is refused while it is pinned, with the platform's reason.
        await page.getByRole('button', { name: 'Redeploy' }).click();
        await dialog.getByRole('button', { name: 'Redeploy' }).click();
        await dialog
          .getByRole('alert')
          .getByText(/pinned/)
          .waitFor();
        await page.keyboard.press('Escape');
        await ask(page, 'Commit');
        await page.getByText('Pinned to rollback deployment').waitFor({ state: 'detached' });
        expect((await test.app(app.id)).pinned_deployment).toBeUndefined();
      });

      it('does everything by keyboard, with the focus in the dialog and then where it was', async () => {
        const test = await testPlatform();
        await test.deploy(specOf('shop', await test.image(goodService('one'))));
        const page = await browser.open(`${test.platform.url}/#token=${test.platform.token}`);
        await page.getByRole('row', { name: 'shop' }).waitFor();
        await tabTo(page, 'shop');
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { name: 'shop', level: 1 }).waitFor();
        // Not at the top of the page again, but at what the link led to.
        await page.locator('main:focus').waitFor();
        for (const name of ['Restart', 'Redeploy', 'Delete']) {
          await tabTo(page, name);
          await page.keyboard.press('Enter');
          await page.getByRole('dialog').waitFor();
          // Around twice: never on what is behind it.
          for (let presses = 0; presses < 8; presses++) {
            expect(await focusedBehind(page), name).toBe(0);
            await page.keyboard.press('Tab');
          }
          await page.keyboard.press('Escape');
          await page.getByRole('dialog').waitFor({ state: 'detached' });
          expect(await focused(page)).toBe(name);
        }
        for (const name of ['Metrics', 'Variables', 'Deployments']) {
          await tabTo(page, name);
          await page.keyboard.press('Enter');
          await page.locator(`nav a[aria-current="page"]`, { hasText: name }).waitFor();
        }
        // The log can be scrolled, and its fields be reached.
        for (const name of ['Crashed', 'Search the log', 'Level', 'Download', 'Log']) await tabTo(page, name);
        await tabTo(page, 'Delete');
        await page.keyboard.press('Enter');
        await page.getByRole('dialog').waitFor();
        await page.keyboard.type('shop');
        await page.keyboard.press('Enter');
        await page.getByText('No apps yet').waitFor();
      });
    }
  },
);

function withSecret(spec: AppSpec): AppSpec {
  return { ...spec, envs: [{ key: 'API_TOKEN', type: 'SECRET', value: 'hush' }] };
}

/** Presses the button of a name, then that of the dialog. */
async function ask(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

async function deploymentsOf(test: TestPlatform, app: string): Promise<unknown[]> {
  const { body } = await test.call<{ deployments: unknown[] }>('GET', `/v2/apps/${app}/deployments`);
  return body.deployments;
}

async function versionOf(url: string | undefined): Promise<string> {
  return (await askService(url)).version;
}

async function pidOf(url: string | undefined): Promise<number> {
  return (await askService(url)).pid;
}

async function askService(url: string | undefined): Promise<{ version: string; pid: number }> {
  return (await fetch(`${url}`)).json() as Promise<{ version: string; pid: number }>;
}

function namesOf(buttons: Locator): Promise<(string | null)[]> {
  return buttons.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
}

/** The accessible name of what has the focus, as far as the page gives names; none while the browser itself has it. */
function focused(page: Page): Promise<string> {
  return page.locator(':focus').evaluateAll((elements) => {
    const [element] = elements as unknown as { ariaLabel: string | null; textContent: string }[];
    return element ? (element.ariaLabel ?? element.textContent) : '';
  });
}

/** How many elements outside the dialog have the focus. */
function focusedBehind(page: Page): Promise<number> {
  return page.locator(':focus:not(dialog *)').count();
}

/** Presses Tab until what has the name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  await eventually(async () => {
    await page.keyboard.press('Tab');
    return (await focused(page)) === name || undefined;
  });
}
