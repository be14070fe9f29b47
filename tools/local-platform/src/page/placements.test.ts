import type { AppSpec } from '@odoobo/app-platform/spec';
import { expect, it } from 'vitest';
import { noDigest, specOf, type TestPlatform, testPlatform } from '../testing/platform.test.helper.js';
import type { Placed, PlacementsAnswer } from './placement-answers.js';

const placement = { of: 'shop', environment: 'local', name: 'eu', tenant: 'acme' };

/** As a deploy marks what it writes. */
function written(write: string, level = 'info', more: object = { placement }): AppSpec {
  const mark = { write, skill: 'shop-eu', artefact: noDigest, ...more };
  const envs = [
    { key: 'SKILLS_MARK', value: JSON.stringify(mark), scope: 'BUILD_TIME' as const },
    { key: 'TOKEN', value: 'hush', type: 'SECRET' as const },
    { key: 'LEVEL', value: level },
  ];
  return { ...specOf('shop-eu', noDigest), envs };
}

async function readPlaced({ platform }: TestPlatform): Promise<Placed | undefined> {
  const headers = { authorization: `Bearer ${platform.token}` };
  const answer = await fetch(`${platform.url}/page/placements`, { headers });
  return Object.values(((await answer.json()) as PlacementsAnswer).apps)[0];
}

it('says what an app is a placement of, and whether someone else has changed it since the last deploy', async () => {
  const test = await testPlatform({ progression: 'manual' });
  const { id } = await test.create(written('one'));
  await test.platform.advance('shop-eu', 'ACTIVE');
  const { environment, ...eu } = placement;
  const as = (changed: boolean) => ({ ...eu, environment, changed });
  expect(await readPlaced(test)).toEqual(as(false));
  const put = async (spec: AppSpec) => {
    await test.call('PUT', `/v2/apps/${id}`, { spec });
    await test.platform.advance('shop-eu', 'ACTIVE');
    return readPlaced(test);
  };
  const first = (await test.app(id)).active_deployment?.id;
  // By hand, with the variables that were there: a deploy has another mark.
  expect(await put(written('one', 'debug'))).toEqual(as(true));
  expect(await put(written('two', 'debug'))).toEqual(as(false));
  // Without the mark it is still known what the app is.
  expect(await put(specOf('shop-eu', noDigest))).toEqual(as(true));
  await test.call('POST', `/v2/apps/${id}/rollback`, { deployment_id: first, skip_pin: true });
  await test.platform.advance('shop-eu', 'ACTIVE');
  expect(await readPlaced(test)).toEqual(as(false));
});

it('leaves out apps that are no placements', async () => {
  const test = await testPlatform({ progression: 'manual' });
  await test.create(written('one', 'info', {}));
  await test.platform.advance('shop-eu', 'ACTIVE');
  expect(await readPlaced(test)).toBeUndefined();
});
