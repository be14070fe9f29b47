import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
/* eslint-disable @nx/enforce-module-boundaries -- What only tests use is no part of the package. */
import { cutOff, violationsOf } from '../../local-platform/dist/page/accessible.test.helper.js';
import { chromiumPath, useBrowser } from '../../local-platform/dist/page/browser.test.helper.js';
/* eslint-enable @nx/enforce-module-boundaries */
import { until } from './support/poll.js';
import { Shop } from './support/shop.js';
import { Traffic } from './support/traffic.js';
import { Workspace } from './support/workspace.js';

const rollout = { steps: [{ weight: 50, requests: 5 }, { approve: true }, { weight: 60, for: '30m' }] };

describe.skipIf(chromiumPath === undefined)(
  'the page of a rollout (needs Chromium)',
  { timeout: 120_000 },
  () => {
    const browser = useBrowser();
    let workspace: Workspace;
    let traffic: Traffic;

    beforeAll(async () => {
      workspace = await Workspace.create({ shop: { behaviour: { says: 'one' }, manifest: { rollout } } });
      await run('deploy');
      traffic = new Traffic((await workspace.apps())[0]?.live_url ?? '', ['GET']);
      await workspace.change('shop', { says: 'two' });
      expect(await run('deploy', '--leaveWaiting')).toContain('waiting');
    }, 120_000);
    afterAll(async () => {
      await traffic?.stop();
      await workspace?.close();
    });

    async function run(command: string, ...options: string[]): Promise<string> {
      return (await new Shop(workspace).run(command, ...options)).output;
    }

    async function open(path = '/rollout'): Promise<Page> {
      const { url, token } = await workspace.platform();
      const page = await browser.open(`${url}/#token=${token}`);
      await page.getByRole('link', { name: 'shop' }).first().click();
      if (path !== '') await page.getByRole('link', { name: 'Rollout' }).click();
      return page;
    }

    it('shows both versions side by side, the weights, the verdict, and that an approval is waited for', async () => {
      const page = await open();
      await page.getByText('waits for an approval').waitFor();
      await page.getByRole('heading', { name: 'Step 2 of 3, 50 % of the clients' }).waitFor();
      await page.getByRole('row', { name: /^Share now 50 % 50 %$/ }).waitFor();
      await page.getByRole('row', { name: /^Requests [1-9]\d* [1-9]\d*$/ }).waitFor();
      await page.getByRole('row', { name: /^Failures 0 0$/ }).waitFor();
      await page.getByText(/^verdict: /).waitFor();
      await page.getByText('Heard of 1 of 1 router in the last half minute.').waitFor();
      await page.getByRole('img', { name: /^Chart of weight of the canary\. now 50 %/ }).waitFor();
      await page.getByRole('list', { name: 'What happened' }).getByText('step 2 of 3, 50 %').waitFor();
      expect(await page.content()).not.toContain('ROUTER_SECRET');
    });

    it('marks the app in the list of all apps', async () => {
      const { url, token } = await workspace.platform();
      const page = await browser.open(`${url}/#token=${token}`);
      await page.getByRole('row', { name: /^shop ACTIVE ROLLOUT / }).waitFor();
    });

    it.each([
      ['light', 1200],
      ['dark', 1200],
      ['light', 390],
      ['light', 320],
    ] as const)('is accessible and not too wide: %s, %i px', async (colorScheme, width) => {
      const page = await open();
      await page.getByText('waits for an approval').waitFor();
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await check(page);
      await page.getByRole('button', { name: 'Abort' }).click();
      await page.getByRole('dialog').waitFor();
      await check(page);
    });

    it('holds, goes on and approves by keyboard, after a question; a refusal is shown', async () => {
      const page = await open();
      await press(page, 'Hold');
      await page.getByText('Held: a person decided it on the page').waitFor();
      await press(page, 'Go on');
      await page.getByRole('button', { name: 'Approve' }).waitFor();
      await press(page, 'Approve');
      await page.getByRole('heading', { name: 'Step 3 of 3, 60 % of the clients' }).waitFor();
      expect(await run('rollout')).toMatch(/going +3\/3 +60 %/);
    });

    it('aborts: the canary gets no request, and the next deploy takes it away', async () => {
      const page = await open();
      await press(page, 'Abort');
      await page.getByText('Out: Aborted: a person decided it on the page').waitFor();
      await page.getByRole('row', { name: /^Share now 100 % 0 %$/ }).waitFor();
      expect(await run('deploy')).toContain('RolloutAborted');
      await page.getByText('No rollout of shop is live.').waitFor();
      const other = await open('');
      await other.getByRole('link', { name: 'Metrics' }).waitFor();
      expect(await other.getByRole('link', { name: 'Rollout' }).count()).toBe(0);
      expect(traffic.answers.filter(({ failure }) => failure !== undefined)).toEqual([]);
      await other.goBack();
      await other.getByRole('row', { name: /^shop ACTIVE / }).waitFor();
      expect(await other.getByText('ROLLOUT').count()).toBe(0);
    });
  },
);

/** Answers are worth 1 or 0 by turns, so neither version is shown to be better. */
const selling = (says: string) =>
  `import { createServer } from 'node:http';\n` +
  `let sold = 0;\n` +
  `createServer((request, response) => {\n` +
  `  if (request.url === '/') response.setHeader('x-skill-outcome', String((sold = 1 - sold)));\n` +
  `  response.end('${says}');\n` +
  `}).listen(Number(process.env.PORT), '127.0.0.1');\n`;

describe.skipIf(chromiumPath === undefined)(
  'the page of an experiment (needs Chromium)',
  { timeout: 120_000 },
  () => {
    const browser = useBrowser();

    it('shows the outcomes, their difference with its interval, and whether both versions got their clients', async () => {
      const steps = [{ weight: 50, for: '1h' }];
      const manifest = { contract: 'http', rollout: { steps, experiment: { better: 'higher' } } };
      const workspace = await Workspace.create({ shop: { manifest: { ...manifest, healthPath: '/up' } } });
      onTestFinished(() => workspace.close());
      await workspace.write('skills/shop/src/main.js', selling('one'));
      const shop = new Shop(workspace);
      expect((await shop.run('deploy')).exitCode).toBe(0);
      await workspace.write('skills/shop/src/main.js', selling('two'));
      const following = shop.start('deploy');
      onTestFinished(async () => {
        following.kill('SIGKILL');
        await following.ended;
      });
      await until('the experiment is live', async () => (await shop.components()).length === 3);
      const { live_url: live = '' } = await shop.app();
      for (let i = 0; i < 300; i++) await (await fetch(live)).text();

      const { url, token } = await workspace.platform();
      const page = await browser.open(`${url}/#token=${token}`);
      await page.getByRole('link', { name: 'shop' }).first().click();
      await page.getByRole('link', { name: 'Rollout' }).click();
      await page
        .getByText(
          /^The mean outcome of the canary minus that of live is -?0[.\d]*, with 95 % confidence -0\.\d+ to 0\.\d+/,
        )
        .waitFor();
      await page.getByRole('row', { name: /^Canary 1\d\d 0\.[45]\d*$/ }).waitFor();
      await page
        .getByText(/^1\d\d of [23]\d\d new clients got the canary, 1\d\d were due: as asked for\.$/)
        .waitFor();
      await check(page);
      // Clients that get no answer would have to be many: what the routers say of them is changed on its way.
      await page.route('**/page/apps/*/rollout', async (route) => {
        const answer = await route.fetch();
        const { rollout } = (await answer.json()) as { rollout: { state: { ratio: object } } };
        rollout.state.ratio = { ...rollout.state.ratio, isOff: true };
        await route.fulfill({ response: answer, json: { rollout } });
      });
      await page.getByText('so do not trust the outcomes').waitFor();
      await check(page);
    });
  },
);

/** Presses a button, and then the one of the question, without a mouse. */
async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name }).press('Enter');
  await page.getByRole('dialog').getByRole('button', { name }).press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

async function check(page: Page): Promise<void> {
  expect(await violationsOf(page, {})).toEqual([]);
  await expect.poll(() => cutOff(page), { timeout: 10_000 }).toEqual([]);
}
