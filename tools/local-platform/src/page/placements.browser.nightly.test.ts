import type { AppSpec } from '@odoobo/app-platform/spec';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { specOf, type TestPlatform, testPlatform } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';
import { cutOff, violationsOf } from './accessible.test.helper.js';
import { chromiumPath, useBrowser } from './browser.test.helper.js';

/** As a deploy of a skill marks the app of a placement. */
function placedSpec(of: string, name: string, digest: string): AppSpec {
  const app = `${of}-${name}`;
  const placement = { of, environment: 'local', name };
  const mark = { write: app, skill: app, artefact: digest, placement };
  const envs = [{ key: 'SKILLS_MARK', value: JSON.stringify(mark), scope: 'BUILD_TIME' as const }];
  return { ...specOf(app, digest), envs };
}

describe.skipIf(chromiumPath === undefined)(
  'the placements on the page (needs Chromium)',
  { timeout: 300_000 },
  () => {
    const browser = useBrowser();

    it('are a table of skills and placements, with version, health and changes by someone else', async () => {
      const test = await testPlatform();
      const page = await browser.open(`${test.platform.url}/#token=${test.platform.token}`);
      const [one, two] = [await test.image(goodService('1.4.0')), await test.image(goodService('1.5.0'))];
      await test.deploy(specOf('plain', one));
      await page.getByRole('row', { name: 'plain' }).getByText('HEALTHY').waitFor();
      expect(await page.getByRole('heading', { name: 'Placements' }).count()).toBe(0);

      await test.deploy(placedSpec('shop', 'eu', two));
      const { id } = await test.deploy(placedSpec('shop', 'us', one));
      await test.deploy(placedSpec('till', 'eu', one));
      const table = page.getByRole('table', { name: 'Placements' });
      await table.getByText('HEALTHY').nth(2).waitFor();
      expect(await cellsOf(page)).toEqual([
        ['Skill', 'eu', 'us'],
        ['shop', `1.5.0 ${short(two)} HEALTHY`, `1.4.0 ${short(one)} HEALTHY`],
        ['till', `1.4.0 ${short(one)} HEALTHY`, '–'],
      ]);

      await changeByHand(test, id);
      await table.getByText('CHANGED BY SOMEONE ELSE').waitFor();
      expect((await cellsOf(page))[1]?.[2]).toContain('CHANGED BY SOMEONE ELSE');
      await check(page);
      await page.getByRole('searchbox').fill('shop-us');
      await table.getByText('till').waitFor({ state: 'detached' });
      await table.getByRole('link').click();
      await page.getByRole('heading', { name: 'shop-us', level: 1 }).waitFor();
    });

    it('have a line each where there are many', async () => {
      const test = await testPlatform({ progression: { simulate: () => ({}) } });
      const names = Array.from({ length: 120 }, (_, index) => `tenant-${index + 10}`);
      const digest = `sha256:${'a'.repeat(64)}`;
      await Promise.all(names.map((name) => test.create(placedSpec('shop', name, digest))));
      const page = await browser.open(`${test.platform.url}/#token=${test.platform.token}`);
      await page.getByText('100 of 120 placements').waitFor();
      expect(await page.getByRole('table', { name: 'Placements' }).getByRole('row').count()).toBe(101);
      await check(page);
    });
  },
);

function short(digest: string): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 7);
}

async function changeByHand(test: TestPlatform, id: string): Promise<void> {
  const { spec } = await test.app(id);
  await test.redeploy(id, { ...spec, envs: [...(spec.envs ?? []), { key: 'BY', value: 'hand' }] });
}

async function cellsOf(page: Page): Promise<string[][]> {
  const rows = await page.getByRole('table', { name: 'Placements' }).getByRole('row').all();
  return Promise.all(
    rows.map(async (row) => {
      const cells = await row.locator('th, td').allInnerTexts();
      return cells.map((text) => text.replaceAll(/\s+/g, ' ').trim());
    }),
  );
}

/** In each look: no violation of accessibility, and nothing that only scrolling to the side would show. */
async function check(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1200, 390, 320]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      expect(await violationsOf(page, {}), `${colorScheme}, ${width} px`).toEqual([]);
      await expect
        .poll(() => cutOff(page), { message: `${colorScheme}, ${width} px`, timeout: 10_000 })
        .toEqual([]);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1200, height: 800 });
}
