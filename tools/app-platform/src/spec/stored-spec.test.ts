import fc from 'fast-check';
import { expect, it } from 'vitest';
import { appSpec } from './arbitrary-spec.test.helper.js';
import { type AppSpec, checkAppSpec, storedSpec } from './index.js';

const image = { registry_type: 'DOCR' as const, repository: 'web', tag: '1' };
const rule = (prefix: string, name: string, more: object = {}) => ({
  match: { path: { prefix } },
  component: { name, ...more },
});

it('is as it was sent, with the port of services and the rule of its only component', () => {
  const spec: AppSpec = {
    name: 'shop',
    services: [{ name: 'web', image, envs: [{ key: 'A', value: '1' }], health_check: { http_path: '/up' } }],
    workers: [{ name: 'mailer', image }],
  };
  const [web] = spec.services ?? [];
  expect(storedSpec(spec)).toEqual({
    ...spec,
    services: [{ ...web, http_port: 8080 }],
    ingress: { rules: [rule('/', 'web')] },
  });
});

it('has routes and cors of components as ingress rules', () => {
  const cors = { allow_origins: [{ exact: 'https://example.com' }] };
  const stored = storedSpec({
    name: 'shop',
    services: [
      { name: 'web', image, routes: [{ path: '/a', preserve_path_prefix: true }, { path: '/b' }], cors },
    ],
    static_sites: [{ name: 'docs', routes: [{ path: '/' }] }],
    functions: [{ name: 'jobs', routes: [{ path: '/f' }] }],
  });
  expect(stored).toEqual({
    name: 'shop',
    services: [{ name: 'web', image, http_port: 8080 }],
    static_sites: [{ name: 'docs' }],
    functions: [{ name: 'jobs' }],
    ingress: {
      rules: [
        { ...rule('/a', 'web', { preserve_path_prefix: true }), cors },
        { ...rule('/b', 'web'), cors },
        rule('/', 'docs'),
        rule('/f', 'jobs'),
      ],
    },
  });
});

it('keeps the rules that it has, and has none for what gets no requests', () => {
  const ingress = { rules: [{ redirect: { uri: '/new' } }] };
  expect(storedSpec({ name: 'shop', services: [{ name: 'web', image }], ingress }).ingress).toEqual(ingress);
  const internal: AppSpec = { name: 'shop', services: [{ name: 'api', image, internal_ports: [9000] }] };
  expect(storedSpec(internal)).toEqual(internal);
  expect(storedSpec({ name: 'shop', workers: [{ name: 'mailer', image }] })).not.toHaveProperty('ingress');
});

it('is valid, and unchanged when it is sent back', () => {
  fc.assert(
    fc.property(appSpec, (spec) => {
      const stored = storedSpec(spec);
      expect(checkAppSpec(stored)).toMatchObject({ ok: true });
      expect(storedSpec(stored)).toEqual(stored);
    }),
  );
});
