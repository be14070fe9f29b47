import type { AppSpec, Deployment } from '@odoobo/app-platform/spec';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Shop } from './support/shop.js';
import { Traffic } from './support/traffic.js';
import { Workspace } from './support/workspace.js';

const rollout = {
  steps: [
    { weight: 50, requests: 4 },
    { weight: 60, for: '1s' },
  ],
  verdict: { p95: { worseBy: '50%' }, requests: 4, smokeTest: true },
};

let workspace: Workspace;
let shop: Shop;
let traffic: Traffic;

beforeAll(async () => {
  workspace = await Workspace.create({ shop: { behaviour: { says: 'first' }, manifest: { rollout } } });
  shop = new Shop(workspace);
  await workspace.setUp(['deploy', 'shop']);
  traffic = new Traffic((await shop.app()).live_url ?? '', ['GET']);
}, 60_000);
afterAll(async () => {
  await traffic?.stop();
  await workspace.close();
});

/** The spec without the mark of its write, with its artefact under another name. */
function specOf({ spec }: Deployment = {} as Deployment, digest = digestIn(spec)): unknown {
  const envs = spec?.envs?.filter(({ key }) => key !== 'SKILLS_MARK');
  return JSON.parse(JSON.stringify({ ...spec, envs }).replaceAll(digestIn(spec), digest));
}

function digestIn(spec: AppSpec | undefined, service = 0): string {
  return spec?.services?.[service]?.image?.digest ?? 'none';
}

it('gives a good version to some users, then to all, with two writes', { timeout: 60_000 }, async () => {
  await workspace.change('shop', { says: 'second' });
  const { exitCode, output } = await shop.run('deploy');
  expect(output).toContain('updated');
  expect(exitCode).toBe(0);
  const [promoted, during, before] = await shop.deployments();
  expect(await shop.deployments()).toHaveLength(3);
  const names = during?.spec?.services?.map(({ name }) => name);
  expect(names).toEqual(['shop', 'shop-canary', 'shop-router']);
  expect(digestIn(promoted?.spec)).toBe(digestIn(during?.spec, 1));
  expect(digestIn(promoted?.spec)).not.toBe(digestIn(before?.spec));
  expect(specOf(promoted, 'its artefact')).toEqual(specOf(before, 'its artefact'));
  expect((await workspace.records('rollout')).map(({ phase }) => phase)).toContain('done');
  expect(await shop.answer()).toBe('second');
});

it(
  'takes a version that fails its smoke test away, holds it, and has failed no request',
  { timeout: 60_000 },
  async () => {
    const before = await shop.deployments();
    await workspace.change('shop', { says: 'third', fault: 'has-no-docs' });
    const { exitCode, output } = await workspace.warm(['deploy', 'shop']);
    expect(output).toContain('RolloutAborted');
    expect(output).toContain('the smoke test of the canary failed');
    expect(exitCode).not.toBe(0);
    const [back, during, live] = await shop.deployments();
    expect(await shop.deployments()).toHaveLength(before.length + 2);
    expect(during?.spec?.services).toHaveLength(3);
    expect(specOf(back)).toEqual(specOf(live));
    expect((await workspace.warm(['deploy', 'shop'])).output).toContain('--retry');
    expect(await shop.deployments()).toHaveLength(before.length + 2);
    expect(traffic.answers.filter(({ failure }) => failure !== undefined)).toEqual([]);
  },
);
