import { expect, it } from 'vitest';
import { exampleDigest } from '../deploy/fleet.test.helper.js';
import { type AppSpec, checkAppSpec, type Service, storedSpec } from '../spec/index.js';
import { type Mark, withMark } from '../versions/mark.js';
import { statePathIn } from './router-state.js';
import { rolloutSpec, withoutRollout } from './specs.js';
import type { RolloutWish } from './wish.js';

const newDigest = `sha256:${'b'.repeat(64)}`;
const image = { registry_type: 'DOCR', repository: 'shop', digest: exampleDigest } as const;

const service: Service = {
  name: 'shop',
  image,
  instance_count: 4,
  instance_size_slug: 'apps-s-1vcpu-1gb',
  envs: [{ key: 'TOKEN', type: 'SECRET', value: 'EV[1:aaa]' }],
  health_check: { http_path: '/health' },
};
const live: AppSpec = storedSpec({
  name: 'shop',
  services: [service, { name: 'inner', image, internal_ports: [9000] }],
  workers: [{ name: 'mailer', image }],
  envs: [{ key: 'LEVEL', value: 'info' }],
  ingress: {
    rules: [
      { match: { path: { prefix: '/api' } }, component: { name: 'shop' }, cors: { max_age: '5m' } },
      { match: { path: { prefix: '/old' } }, redirect: { uri: '/api' } },
    ],
  },
});
const wanted: AppSpec = {
  ...live,
  services: [
    {
      ...service,
      image: { ...image, digest: newDigest },
      envs: [{ key: 'TOKEN', type: 'SECRET', value: 'a secret' }],
    },
  ],
  envs: [{ key: 'LEVEL', value: 'debug' }],
};

const wish: RolloutWish = {
  service: 'shop',
  plan: { steps: [{ weight: 10 }, { weight: 50 }], matches: [{ to: 'live', path: '/${APP_URL}' }] },
  router: { ...image, digest: `sha256:${'c'.repeat(64)}` },
  secretOf: (rollout) => `the secret of ${rollout}`,
  canaryHeader: () => ({ name: 'x-try', value: 'me' }),
};
const begun = { rollout: 'shop-1', startedAt: '2026-01-31T09:30:00.000Z', service: 'shop' };
const mark: Mark = { write: 'w', skill: 'shop', artefact: exampleDigest };
const during = rolloutSpec({ live, wanted, sealed: wanted }, begun, wish);
const [, , canary, router] = during.services ?? [];

it('leaves what is live as it is, and is a valid App Spec', () => {
  expect(during.services?.slice(0, 2)).toEqual(live.services);
  expect(during.workers).toEqual(live.workers);
  expect(during.envs).toEqual(live.envs);
  expect(checkAppSpec(during)).toMatchObject({ ok: true });
});

it('adds the new version with its own variables, as large as its share', () => {
  expect(canary).toMatchObject({
    name: 'shop-canary',
    image: { digest: newDigest },
    instance_count: 2,
    instance_size_slug: 'apps-s-1vcpu-1gb',
    health_check: { http_path: '/health' },
    envs: [
      { key: 'LEVEL', value: 'debug' },
      { key: 'TOKEN', value: 'a secret' },
    ],
  });
});

it('leads the requests of the service, and only those, to the router', () => {
  expect(during.ingress?.rules).toEqual([
    { match: { path: { prefix: '/api' } }, component: { name: 'shop-router' }, cors: { max_age: '5m' } },
    { match: { path: { prefix: '/old' } }, redirect: { uri: '/api' } },
  ]);
  expect(router).toMatchObject({ name: 'shop-router', instance_count: 2, image: wish.router });
});

it('tells the router what the platform fills in, and nothing else that it would', () => {
  const text = router?.envs?.find(({ key }) => key === 'ROUTER_CONFIG')?.value ?? '';
  expect([...text.matchAll(/\$\{[^}]*\}/g)].map(String)).toEqual([
    '${shop.PRIVATE_URL}',
    '${shop-canary.PRIVATE_URL}',
    '${shop-router.PRIVATE_URL}',
  ]);
  expect(JSON.parse(text)).toMatchObject({
    rollout: 'shop-1',
    routers: 2,
    steps: wish.plan.steps,
    matches: [
      { to: 'canary', header: { name: 'x-try', value: 'me' }, isTest: true },
      { to: 'live', path: '/${APP_URL}' },
    ],
  });
});

it('is undone byte for byte', () => {
  const canaryMark = { ...begun, artefact: newDigest };
  const rolledOut = withMark(during, { ...mark, canary: canaryMark });
  expect(JSON.stringify(withoutRollout(rolledOut))).toBe(JSON.stringify(withMark(live, mark)));
  const plain = withMark(live, mark);
  expect(withoutRollout(plain)).toBe(plain);
});

it.each([
  ['/', {}, '/.well-known/skill-router'],
  ['/api', {}, '/api/.well-known/skill-router'],
  ['/api', { preserve_path_prefix: true }, undefined],
  ['/api', { rewrite: '/' }, undefined],
])('finds the routers behind the rule %s %j', (prefix, more, path) => {
  const rules = [{ match: { path: { prefix } }, component: { name: 'shop', ...more } }];
  expect(statePathIn({ name: 'shop', ingress: { rules } }, 'shop')).toBe(path);
});

it('the telemetry of the new version says that it is the canary', () => {
  const attributes = {
    key: 'OTEL_RESOURCE_ATTRIBUTES',
    value: 'service.name=shop',
    scope: 'RUN_TIME',
  } as const;
  const described = { ...wanted, services: [{ ...service, envs: [attributes] }] };
  const [canary] = (
    rolloutSpec({ live, wanted: described, sealed: described }, begun, wish).services ?? []
  ).filter(({ name }) => name === 'shop-canary');
  expect(canary?.envs?.find(({ key }) => key === attributes.key)?.value).toBe(
    'skill.variant=canary,service.name=shop',
  );
});
