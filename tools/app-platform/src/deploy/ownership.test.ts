import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rollBackFleet } from '../rollback/roll-back-fleet.js';
import type { AppSpec } from '../spec/index.js';
import { withMark } from '../versions/mark.js';
import { exampleDigest, FleetTest, requestOf, specOf } from './fleet.test.helper.js';
import { ScriptedPlatform } from './scripted-platform.test.helper.js';

let test: FleetTest;

beforeEach(async () => {
  test = await FleetTest.start();
});

afterEach(() => test.close());

/** An app created by hand: another service with a secret, a domain, a region. */
const byHand: AppSpec = {
  name: 'app',
  region: 'fra',
  domains: [{ domain: 'shop.example.com', type: 'PRIMARY' }],
  alerts: [{ rule: 'DEPLOYMENT_FAILED' }],
  envs: [{ key: 'COLOR', value: 'red' }],
  services: [
    {
      name: 'web',
      image: { registry_type: 'DOCR', repository: 'app', digest: exampleDigest },
      instance_count: 3,
      http_port: 8080,
      envs: [
        { key: 'VERSION', value: '0' },
        { key: 'STRIPE_KEY', type: 'SECRET', value: 'sk-live-1' },
      ],
    },
    {
      name: 'api',
      image: { registry_type: 'DOCR', repository: 'api', tag: '1' },
      envs: [{ key: 'API_KEY', type: 'SECRET', value: 'api-key-1' }],
    },
  ],
  ingress: {
    rules: [
      { match: { path: { prefix: '/api' } }, component: { name: 'api' } },
      { match: { path: { prefix: '/' } }, component: { name: 'web' } },
    ],
  },
};

const ours = { repository: 'root-of-ours' };
const deploy = (more: Parameters<typeof requestOf>[1] = {}) =>
  test.deployOne(requestOf('app', { origin: ours, ...more }));

/** The plaintext of the secrets that the app has. */
function secretsThere(): (string | undefined)[] {
  const envs = test.platform.app('app').spec.services?.flatMap((service) => service.envs ?? []) ?? [];
  return envs.filter(({ type }) => type === 'SECRET').map(({ value }) => ScriptedPlatform.decrypt(value));
}

describe('an app that this repository did not create', () => {
  it('is refused, with what it would lose, and nothing is written', async () => {
    await test.platform.seedForeign(byHand);
    const result = await deploy();
    expect(result).toMatchObject({ outcome: 'failed', cause: { code: 'NotOurs' } });
    const message = result.cause?.message;
    expect(message).toContain('no deploy from this repository created it');
    for (const lost of [
      'service api',
      'domain shop.example.com',
      'alert DEPLOYMENT_FAILED',
      'variable COLOR',
    ])
      expect(message).toContain(`would be removed: ${lost}`);
    expect(message).not.toMatch(/EV\[|sk-live/);
    expect(test.platform.writes).toEqual([]);
  });

  it('is refused where somebody has made it since the list was read', async () => {
    test.platform.fault = async (request) => {
      if (request.startsWith('POST') && test.platform.apps.size === 0)
        await test.platform.seedForeign(byHand);
      return undefined;
    };
    expect(await deploy()).toMatchObject({ outcome: 'failed', cause: { code: 'NotOurs' } });
    expect(test.platform.app('app').deployments).toHaveLength(1);
  });

  it.each([
    ['of another skill', { skill: 'till', ...ours }, 'it belongs to the skill "till"'],
    [
      'of another repository',
      { skill: 'app', repository: 'root-of-theirs' },
      'another repository created it',
    ],
  ])('%s is refused', async (_, owner, expected) => {
    await test.platform.seedForeign(withMark(specOf('app', '0'), { write: '1', artefact: 'a', ...owner }));
    const { cause } = await deploy();
    expect(cause).toMatchObject({ code: 'NotOurs' });
    expect(cause?.message).toContain(expected);
  });

  it('is refused if the repository of this checkout is unknown', async () => {
    const mark = { write: '1', artefact: 'a', skill: 'app', ...ours };
    await test.platform.seedForeign(withMark(specOf('app', '0'), mark));
    const { cause } = await deploy({ origin: {} });
    expect(cause?.message).toContain('git fetch --unshallow');
  });

  it('is refused where the platform builds another repository than it would', async () => {
    const from = (repo: string): AppSpec => ({
      name: 'app',
      services: [{ name: 'web', github: { repo, branch: 'main' } }],
    });
    const mark = { write: '1', artefact: 'a', skill: 'app', ...ours };
    await test.platform.seedForeign(withMark(from('acme/skills'), mark));
    expect((await deploy({ spec: from('acme/other') })).cause?.message).toContain(
      'it builds acme/skills, not acme/other',
    );
    expect(await deploy({ spec: { ...from('Acme/Skills'), region: 'fra' } })).toMatchObject({
      outcome: 'deployed',
    });
  });

  it('is neither rolled back nor deleted', async () => {
    const app = await test.platform.seedForeign(byHand);
    const { client, clock } = test;
    for (const deleteIfFirst of [true, false]) {
      const request = { skill: 'app', origin: ours, deleteIfFirst, healthPath: '/', timeoutMs: 5_000 };
      const [result] = await rollBackFleet([request], { client, clock });
      expect(result).toMatchObject({ outcome: 'failed', cause: { code: 'NotOurs' } });
    }
    expect(test.platform.writes).toEqual([]);
    expect(test.platform.apps.get(app.id)).toBeDefined();
  });
});

describe('an app that is adopted', () => {
  it('keeps what the App Spec does not speak of, from then on, until it is pruned', async () => {
    await test.platform.seedForeign(byHand);
    expect(await deploy({ adopt: true })).toMatchObject({ outcome: 'deployed', action: 'update' });
    const { spec } = test.platform.app('app');
    expect(spec).toMatchObject({ region: 'fra', domains: byHand.domains, alerts: byHand.alerts });
    expect(spec.services?.map(({ name }) => name)).toEqual(['web', 'api']);
    expect(spec.services?.[0]).toMatchObject({ instance_count: 3 });
    expect(spec.services?.[0]?.envs).toContainEqual(expect.objectContaining({ key: 'VERSION', value: '1' }));
    expect(spec.ingress?.rules).toEqual(byHand.ingress?.rules);
    expect(secretsThere()).toEqual(['sk-live-1', 'api-key-1']);

    expect(await deploy()).toMatchObject({ outcome: 'unchanged' });
    expect(await deploy({ spec: specOf('app', '2') })).toMatchObject({ outcome: 'deployed' });
    expect(test.platform.app('app').spec.services?.map(({ name }) => name)).toEqual(['web', 'api']);

    expect(await deploy({ spec: specOf('app', '2'), prune: true })).toMatchObject({ outcome: 'deployed' });
    expect(test.platform.app('app').spec.services?.map(({ name }) => name)).toEqual(['web']);
    expect(test.platform.app('app').spec.domains ?? []).toEqual([]);
    expect(await deploy({ spec: specOf('app', '2') })).toMatchObject({ outcome: 'unchanged' });
  });
});

it('takes an app for ours whose spec somebody has written since without a mark', async () => {
  await deploy();
  test.platform.deploy(test.platform.app('app'), specOf('app', 'by hand'));
  expect(await deploy({ spec: specOf('app', '2') })).toMatchObject({ outcome: 'deployed', action: 'update' });
});

it('asks before it replaces what is live, and what is on its way', async () => {
  await deploy();
  const app = test.platform.app('app');
  test.platform.scripts.set('app', [Array<'BUILDING'>(100).fill('BUILDING')]);
  const coming = test.platform.deploy(app, { ...app.spec, region: 'fra' });
  const asked: string[] = [];
  const mayReplace = (one: { id: string }) => {
    asked.push(one.id);
    return Promise.resolve(
      one.id === coming.id ? { code: 'OlderThanLive', message: 'it is newer' } : undefined,
    );
  };
  const refused = await deploy({ spec: specOf('app', '2'), mayReplace });
  expect(refused).toMatchObject({
    outcome: 'failed',
    cause: { code: 'OlderThanLive', message: 'it is newer' },
  });
  expect(asked).toEqual([app.deployments.at(-1)?.id, coming.id]);
});

describe('an app of a placement', () => {
  const placed = { ...ours, placement: { of: 'shop', environment: 'production', name: 'eu' } };

  it('belongs to the skill that it is placed from, not to a skill of its name', async () => {
    await deploy({ origin: placed });
    const { outcome, cause } = await deploy({ spec: specOf('app', '2') });
    expect(outcome).toBe('failed');
    expect(cause).toMatchObject({
      code: 'NotOurs',
      message: expect.stringContaining('it belongs to the skill "shop"'),
    });
    expect((await deploy({ spec: specOf('app', '2'), origin: placed })).outcome).toBe('deployed');
  });

  it('may be the app that the skill had before', async () => {
    await deploy();
    const origin = { ...ours, placement: { of: 'app', environment: 'production' } };
    expect((await deploy({ spec: specOf('app', '2'), origin })).outcome).toBe('deployed');
  });
});
