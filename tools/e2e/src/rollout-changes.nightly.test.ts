import { afterEach, beforeEach, expect, it } from 'vitest';
import { Shop } from './support/shop.js';
import { Traffic } from './support/traffic.js';
import { Workspace } from './support/workspace.js';

// What else people do while a rollout is under way.

const waits = {
  steps: [
    { weight: 50, approve: true },
    { weight: 60, for: '1s' },
  ],
};
const whole = ['shop', 'shop-canary', 'shop-router'];

let workspace: Workspace;
let shop: Shop;
let traffic: Traffic;

beforeEach(async () => {
  workspace = await Workspace.create({ shop: { behaviour: { says: 'one' }, manifest: { rollout: waits } } });
  shop = new Shop(workspace);
  expect(await run('deploy', 'shop')).toContain('created');
  traffic = new Traffic((await shop.app()).live_url ?? '');
  await workspace.change('shop', { says: 'two' });
  expect(await run('deploy', 'shop')).toContain('RolloutWaits');
  expect(await shop.components()).toEqual(whole);
}, 120_000);
afterEach(async () => {
  await traffic?.stop();
  await workspace?.close();
  expect(traffic.answers.filter(({ failure }) => failure !== undefined)).toEqual([]);
  expect(traffic.answers.length).toBeGreaterThan(0);
});

async function run(...args: string[]): Promise<string> {
  return runWith({}, ...args);
}

async function runWith(env: Record<string, string>, ...args: string[]): Promise<string> {
  return (await workspace.odoobo(args, env)).output;
}

async function setRollout(rollout: object | undefined): Promise<void> {
  const manifest = JSON.parse(await workspace.read('skills/shop/skill.json')) as object;
  await workspace.write('skills/shop/skill.json', JSON.stringify({ ...manifest, rollout }));
}

it('gives the version to all when its rollout is removed from the manifest', async () => {
  await setRollout(undefined);
  expect(await run('deploy', 'shop')).toContain('updated');
  await shop.expectLive('two');
});

it('starts again by other steps when the steps are changed', async () => {
  await setRollout({ steps: [{ weight: 20, approve: true }] });
  expect(await run('deploy', 'shop')).toContain('RolloutWaits');
  expect(await run('rollout', 'shop')).toMatch(/going +1\/1 +20 %/);
  await run('rollout', 'shop', '--approve');
  expect(await run('deploy', 'shop')).toContain('updated');
  await shop.expectLive('two');
});

it('is ended by a rollback: what was live before serves all, and the version is held', async () => {
  expect(await run('rollback', 'shop')).toContain('rolled back');
  await shop.expectLive('one');
  expect(await run('deploy', 'shop')).toContain('--retry');
  await shop.expectLive('one');
  await workspace.change('shop', { says: 'three' });
  await run('deploy', 'shop');
  await run('rollout', 'shop', '--approve');
  expect(await run('deploy', 'shop')).toContain('updated');
  await shop.expectLive('three');
});

it('merges no branch whose version is not live for all', async () => {
  await workspace.git('switch', '-qc', 'skill/shop');
  await workspace.commit('two');
  await run('deploy', 'shop');
  const output = await run('merge', 'shop');
  expect(output).not.toMatch(/shop +merged/);
  expect(output).toMatch(/rollout|ROLLING_OUT|not live|not deployed/i);
  expect(await shop.components()).toEqual(whole);
  await run('rollout', 'shop', '--approve');
  await run('deploy', 'shop');
  await shop.expectLive('two');
  expect(await run('merge', 'shop')).toMatch(/shop +merged/);
});

it('rolls out two skills at once, each by its own steps', async () => {
  const till = new Shop(workspace, 'till');
  await workspace.writeSkill('till', { behaviour: { says: 'one' }, manifest: { rollout: waits } });
  expect(await run('deploy', 'till')).toContain('created');
  await workspace.change('till', { says: 'two' });
  await workspace.change('shop', { says: 'three' });
  const both = await run('deploy', 'shop', 'till');
  expect(both.match(/RolloutWaits/g)?.length).toBeGreaterThanOrEqual(2);
  expect(await run('rollout', 'shop', 'till', '--approve')).toContain('2 with a rollout under way');
  expect(await run('deploy', 'shop', 'till')).toContain('2 updated');
  await shop.expectLive('three');
  expect(await till.answer()).toBe('two');
  expect(await till.components()).toEqual(['till']);
});

it('shows it in the status file and in the monitor', async () => {
  const { skills } = JSON.parse(await workspace.read('WORKTREE_STATUS.json')) as {
    skills: Record<string, { rollout?: { step: number; weight: number; waits_for: string[] } }>;
  };
  expect(skills['shop']?.rollout).toMatchObject({ step: 1, steps: 2, weight: 50, waits_for: ['approval'] });
  const { output } = await workspace.nx(['monitor', '--once']);
  expect(output).toMatch(/shop +active, rollout 1\/2 at 50 %/);
  expect(output).toMatch(/shop +step 1\/2 at 50 %, waits for an approval; canary/);
  await run('rollout', 'shop', '--abort');
  expect(await workspace.read('WORKTREE_STATUS.json')).not.toContain('waits_for');
});

it('gives a secret that only the new version needs to the canary only, then to all', async () => {
  const file = 'infra/do-gradient/shop/app-spec.yaml';
  const spec = await workspace.read(file);
  const secret = "    envs: [{ key: EXTRA, type: SECRET, value: '${EXTRA}' }]\n";
  await workspace.write(file, spec.replace(/^services:\n.*\n/m, `$&${secret}`));
  await workspace.change('shop', { says: 'three' });
  const value = 'only-for-the-canary';
  const env = { EXTRA: value };
  expect(await runWith(env, 'deploy', 'shop')).toContain('RolloutWaits');
  const seen = new Map<string, string | undefined>();
  for (let clients = 0; clients < 40; clients++) {
    const reply = await fetch(`${(await shop.app()).live_url}/environment`);
    const variables = (await reply.json()) as Record<string, string>;
    seen.set(reply.headers.get('x-skill-variant') ?? '', variables['EXTRA']);
  }
  expect(Object.fromEntries(seen)).toEqual({ live: undefined, canary: value });
  await run('rollout', 'shop', '--approve');
  const output = await runWith(env, 'deploy', 'shop');
  expect(output).toContain('updated');
  expect(output).not.toContain(value);
  expect(await workspace.read('WORKTREE_STATUS.journal.jsonl')).not.toContain(value);
  await shop.expectLive('three');
  const after = (await (await fetch(`${(await shop.app()).live_url}/environment`)).json()) as Record<
    string,
    string
  >;
  expect(after['EXTRA']).toBe(value);
});
