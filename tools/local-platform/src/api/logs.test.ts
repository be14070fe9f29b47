import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { logFile } from '../logs/log-folder.js';
import { noDigest, specOf, testPlatform } from '../testing/platform.test.helper.js';
import { goodService } from '../testing/services.test.helper.js';

interface Addresses {
  historic_urls: string[];
}

describe('logs of a deployment', () => {
  it('are refused with 400 until their phase is reached', async () => {
    const test = await testPlatform({ progression: 'manual' });
    const app = await test.create(specOf('shop', noDigest));
    const path = `/v2/apps/${app.id}/deployments/${app.pending_deployment?.id}/logs`;
    const statuses = async () =>
      Promise.all(
        ['BUILD', 'DEPLOY', 'RUN'].map(
          async (type) => (await test.call('GET', `${path}?type=${type}`)).status,
        ),
      );
    expect(await statuses()).toEqual([400, 400, 400]);
    await test.platform.advance('shop', 'BUILDING');
    expect(await statuses()).toEqual([200, 400, 400]);
    await test.platform.advance('shop', 'DEPLOYING');
    expect(await statuses()).toEqual([200, 200, 400]);
    await test.platform.advance('shop', 'ACTIVE');
    expect(await statuses()).toEqual([200, 200, 200]);
  });

  it.each([
    ['/logs?type=RUN', 400, /no active deployment/],
    ['/logs', 400, /type/],
    ['/logs?type=UNSPECIFIED', 400, /BUILD, DEPLOY, RUN/],
    ['/logs?type=RUN&tail_lines=-2', 400, /tail_lines/],
    ['/logs?type=RUN&tail_lines=1.5', 400, /tail_lines/],
    ['/logs?type=AUTOSCALE_EVENT', 501, /List the events of the app/],
    ['/deployments/none/logs?type=RUN', 400, /^invalid uuid$/],
    [`/deployments/${randomUUID()}/logs?type=RUN`, 404, /Deployment .* could not be found/],
    ['/components/web/logs?type=RUN', 400, /no active deployment/],
  ])('%s of an app that was never live gets status %i', async (path, status, message) => {
    const test = await testPlatform({ progression: 'manual' });
    const { id } = await test.create(specOf('shop', noDigest));
    const answer = await test.call('GET', `/v2/apps/${id}${path}`);
    expect(answer).toMatchObject({ status, body: { message: expect.stringMatching(message) as string } });
  });

  it('of an unknown component get status 404', async () => {
    const test = await testPlatform({ progression: 'manual' });
    const { id } = await test.create(specOf('shop', noDigest));
    await test.platform.advance('shop', 'ACTIVE');
    const statuses = [`/components/nope/logs?type=RUN`, `/logs?type=RUN&component_name=nope`].map(
      async (path) => (await test.call('GET', `/v2/apps/${id}${path}`)).status,
    );
    expect(await Promise.all(statuses)).toEqual([404, 404]);
  });

  it('have one address with the lines of all components in the order of time, or of the component that is named', async () => {
    const test = await testPlatform({ progression: 'manual' });
    const [web] = specOf('shop', noDigest).services ?? [];
    const services = ['web', 'api'].map((name) => ({ ...web, name })) as NonNullable<typeof web>[];
    const { id, pending_deployment: deployment } = await test.create({ name: 'shop', services });
    await test.platform.advance('shop', 'ACTIVE');
    const write = async (component: string, lines: [second: number, text: string][]) => {
      const file = logFile(join(test.directory, 'logs'), deployment?.id ?? '', component, 'RUN');
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, lines.map(([at, text]) => `2026-01-31T12:00:0${at}.000Z ${text}\n`).join(''));
    };
    await write('web', [
      [1, 'one'],
      [3, 'three'],
    ]);
    await write('api', [
      [2, 'two'],
      [4, 'four'],
    ]);
    const read = async (query: string) => {
      const { body } = await test.call<Addresses>('GET', `/v2/apps/${id}/logs?type=RUN${query}`);
      expect(body.historic_urls).toHaveLength(1);
      const text = await (await fetch(body.historic_urls[0] ?? '')).text();
      return text
        .trim()
        .replaceAll(/ \S+Z /g, ' ')
        .split('\n');
    };
    const all = ['web one', 'api two', 'web three', 'api four'];
    expect(await read('')).toEqual(all);
    // What the official CLI sends by default, and what godo does.
    expect(await read('&tail_lines=-1&component_name=')).toEqual(all);
    expect(await read('&tail_lines=0')).toEqual(all);
    expect(await read('&tail_lines=3')).toEqual(all.slice(1));
    expect(await read('&component_name=api')).toEqual(['api two', 'api four']);
    expect(await read('&component_name=api&tail_lines=1')).toEqual(['api four']);
  });

  it('need no token at their signed address, and no part of the address can be altered', async () => {
    const test = await testPlatform();
    const one = await test.deploy(specOf('shop', await test.image(goodService('one'))));
    const { body } = await test.call<Addresses>('GET', `/v2/apps/${one.id}/logs?type=RUN&tail_lines=1`);
    const address = new URL(body.historic_urls[0] ?? '');
    expect(await (await fetch(address)).text()).toMatch(
      /^web \d{4}-\d\d-\d\dT[\d:.]+Z one is up with undefined\n$/,
    );
    const forged = [
      address.href.replace('/RUN', '/BUILD'),
      address.href.replace('/-/', '/web/'),
      address.href.replace('/-/', '/../'),
      address.href.replace(/signature=./, 'signature=x'),
      address.href.replace(/signature=[^&]*/, ''),
    ];
    const statuses = await Promise.all(forged.map(async (href) => (await fetch(href)).status));
    expect(statuses.every((status) => status >= 400 && status < 500)).toBe(true);
  });
});
