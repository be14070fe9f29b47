import { describe, expect, it } from 'vitest';
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
    ['/logs?type=RUN&tail_lines=0', 400, /tail_lines/],
    ['/logs?type=AUTOSCALE_EVENT', 501, /does not autoscale/],
    ['/deployments/none/logs?type=RUN', 404, /Deployment none/],
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
    expect((await test.call('GET', `/v2/apps/${id}/components/nope/logs?type=RUN`)).status).toBe(404);
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
      address.href.replace('/web/', '/../'),
      address.href.replace(/signature=./, 'signature=x'),
      address.href.replace(/signature=[^&]*/, ''),
    ];
    const statuses = await Promise.all(forged.map(async (href) => (await fetch(href)).status));
    expect(statuses.every((status) => status >= 400 && status < 500)).toBe(true);
  });
});
