import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppSpec } from '../spec/index.js';
import { exampleDigest, FleetTest, requestOf } from './fleet.test.helper.js';
import { ScriptedPlatform } from './scripted-platform.test.helper.js';

let test: FleetTest;

beforeEach(async () => {
  test = await FleetTest.start();
});

afterEach(() => test.close());

type Envs = NonNullable<AppSpec['envs']>;

function specWith(envs: Envs, more: Partial<AppSpec> = {}): AppSpec {
  const image = { registry_type: 'DOCR' as const, repository: 'app', digest: exampleDigest };
  return { name: 'app', services: [{ name: 'web', image, http_port: 8080, envs }], ...more };
}

const secret = (key: string, value: string) => ({ key, type: 'SECRET' as const, value });

const deploy = (spec: AppSpec, more: Parameters<typeof requestOf>[1] = {}) =>
  test.deployOne(requestOf('app', { spec, ...more }));

/** Another person changes the variables of the live service. */
function setByHand(envs: Envs): void {
  const app = test.platform.app('app');
  const [web] = app.spec.services ?? [];
  if (!web) throw new Error('no service');
  test.platform.deployLive(app, {
    ...app.spec,
    services: [{ ...web, envs: [...(web.envs ?? []), ...envs] }],
  });
}

function liveEnvs(): Record<string, string | undefined> {
  const envs = test.platform.app('app').spec.services?.[0]?.envs ?? [];
  return Object.fromEntries(
    envs.map(({ key, type, value }) => [key, type === 'SECRET' ? ScriptedPlatform.decrypt(value) : value]),
  );
}

const lastPlanned = () => test.events.findLast((event) => event.type === 'planned');

describe('what somebody has set on the platform', () => {
  it('stays where it is a secret, and what goes away is said by name before it is written', async () => {
    await deploy(specWith([{ key: 'COLOR', value: 'red' }]));
    setByHand([secret('STRIPE_KEY', 'sk-live-1'), { key: 'BY_HAND', value: '1' }]);
    await deploy(specWith([{ key: 'COLOR', value: 'blue' }]));
    expect(liveEnvs()).toEqual({ COLOR: 'blue', STRIPE_KEY: 'sk-live-1' });
    const planned = test.events.findLastIndex(({ type }) => type === 'planned');
    expect(test.events[planned]).toMatchObject({
      removes: ['variable BY_HAND of web'],
      keeps: ['secret STRIPE_KEY of web'],
    });
    expect(test.events.findLastIndex(({ type }) => type === 'written')).toBeGreaterThan(planned);
    expect(await deploy(specWith([{ key: 'COLOR', value: 'blue' }]))).toMatchObject({ outcome: 'unchanged' });
  });

  it('goes with --prune', async () => {
    await deploy(specWith([{ key: 'COLOR', value: 'red' }]));
    setByHand([secret('STRIPE_KEY', 'sk-live-1')]);
    await deploy(specWith([{ key: 'COLOR', value: 'red' }]), { prune: true });
    expect(liveEnvs()).toEqual({ COLOR: 'red' });
    expect(lastPlanned()).toMatchObject({ removes: ['secret STRIPE_KEY of web'] });
  });

  it('is no secret of ours that has left the App Spec: that goes, and is named', async () => {
    await deploy(specWith([secret('OLD', 'old-secret'), secret('NEW', 'new-secret')]));
    await deploy(specWith([secret('NEW', 'new-secret')]));
    expect(liveEnvs()).toEqual({ NEW: 'new-secret' });
    expect(lastPlanned()).toMatchObject({ removes: ['secret OLD of web'] });
  });

  it('stands against a component that leaves the App Spec with it', async () => {
    const both = specWith([]);
    both.services?.push({ name: 'api', image: { registry_type: 'DOCR', repository: 'api', tag: '1' } });
    await deploy(both);
    const app = test.platform.app('app');
    const services = (app.spec.services ?? []).map((service) =>
      service.name === 'api' ? { ...service, envs: [secret('API_KEY', 'api-key-1')] } : service,
    );
    test.platform.deployLive(app, { ...app.spec, services });
    const writes = test.platform.writes.length;
    const refused = await deploy(specWith([]));
    expect(refused).toMatchObject({ outcome: 'failed', cause: { code: 'LosesSecrets' } });
    expect(refused.cause?.message).toContain('secret API_KEY of api');
    expect(test.platform.writes).toHaveLength(writes);
    expect(await deploy(specWith([]), { prune: true })).toMatchObject({ outcome: 'deployed' });
  });

  it.each([
    ['a domain', { domains: [{ domain: 'shop.example.com' }] }, 'domain shop.example.com'],
    ['an alert', { alerts: [{ rule: 'DOMAIN_FAILED' }] }, 'alert DOMAIN_FAILED'],
    ['a variable of the app', { envs: [{ key: 'A', value: '1' }] }, 'variable A'],
    ['a worker', { workers: [{ name: 'mailer' }] }, 'worker mailer'],
  ] as [string, Partial<AppSpec>, string][])('is named where it is %s', async (_, more, name) => {
    await deploy(specWith([], more));
    await deploy(specWith([]));
    expect(lastPlanned()).toMatchObject({ removes: [name] });
  });
});

describe('a variable that the environment does not have', () => {
  const all = specWith([secret('A', 'secret-a'), secret('B', 'secret-b'), { key: 'C', value: 'c' }]);

  it('keeps its live value, and a deploy with it afterwards has nothing to write', async () => {
    await deploy(all);
    const without = specWith([secret('A', 'secret-a')]);
    const missing = ['web/B', 'web/C'];
    expect(await deploy(without, { missing })).toMatchObject({ outcome: 'unchanged' });
    expect(liveEnvs()).toEqual({ A: 'secret-a', B: 'secret-b', C: 'c' });
    expect(await deploy(all)).toMatchObject({ outcome: 'unchanged' });
  });

  it('keeps it when another secret changes, and then still is the same', async () => {
    await deploy(all);
    await deploy(specWith([secret('A', 'other-a')]), { missing: ['web/B', 'web/C'] });
    expect(liveEnvs()).toEqual({ A: 'other-a', B: 'secret-b', C: 'c' });
    expect(lastPlanned()).toMatchObject({ keeps: ['secret B of web', 'variable C of web'] });
    const now = specWith([secret('A', 'other-a'), secret('B', 'secret-b'), { key: 'C', value: 'c' }]);
    expect(await deploy(now)).toMatchObject({ outcome: 'unchanged' });
    expect(await deploy(all)).toMatchObject({ outcome: 'deployed' });
    expect(liveEnvs()).toEqual({ A: 'secret-a', B: 'secret-b', C: 'c' });
  });

  it('keeps all where the environment has none', async () => {
    await deploy(all);
    expect(await deploy(specWith([]), { missing: ['web/A', 'web/B', 'web/C'] })).toMatchObject({
      outcome: 'unchanged',
    });
  });

  it('is left out where nothing is live', async () => {
    await deploy(specWith([]), { missing: ['web/A'] });
    expect(liveEnvs()).toEqual({});
  });
});
