import { type AppSpec, AppSpecError, type AppSpecFileIssue } from '@odoobo/app-platform/spec';
import { expect, it } from 'vitest';
import { placedSpec } from './placed-spec.js';
import type { Placement } from './placement.js';

const written: AppSpec = {
  name: 'shop',
  region: 'ams',
  domains: [{ domain: 'shop.example.com', type: 'PRIMARY' }],
  envs: [{ key: 'LANGUAGE', value: 'en' }],
  services: [
    {
      name: 'web',
      git: { repo_clone_url: 'https://git.example.com/shop.git', branch: 'main' },
      instance_count: 2,
      instance_size_slug: 'apps-s-1vcpu-1gb',
      envs: [
        { key: 'TOKEN', type: 'SECRET' },
        { key: 'LIMIT', value: '10' },
      ],
    },
  ],
  workers: [{ name: 'mail', git: { repo_clone_url: 'https://git.example.com/shop.git', branch: 'main' } }],
};

function specAt(placement: Partial<Placement>, app = 'shop-eu'): AppSpec {
  const issue = (path: string, message: string): AppSpecFileIssue => ({
    file: 'p.yaml',
    line: 3,
    path,
    message,
  });
  return placedSpec(written, {
    skill: app,
    placement: { environment: 'production', of: 'shop', issue, ...placement },
  });
}

it('has the name and the region of the placement, and all else of the skill', () => {
  const { domains: _domains, ...others } = written;
  expect(specAt({ region: 'fra' })).toEqual({ ...others, name: 'shop-eu', region: 'fra' });
});

it('keeps the domains of the app that has the name of the skill', () => {
  expect(specAt({ region: 'fra' }, 'shop').domains).toEqual(written.domains);
});

it('merges objects, components by name and variables by key; null deletes', () => {
  const before = structuredClone(written);
  const spec = specAt({
    overlay: {
      domains: [{ domain: 'eu.example.com', type: 'PRIMARY' }],
      envs: [
        { key: 'LANGUAGE', value: 'de' },
        { key: 'CURRENCY', value: 'EUR' },
      ],
      services: [{ name: 'web', instance_count: null, envs: [{ key: 'LIMIT', value: '20' }] }],
      workers: null,
    },
  });
  const { instance_count: _count, ...web } = written.services?.[0] ?? {};
  expect(spec).toEqual({
    name: 'shop-eu',
    region: 'ams',
    domains: [{ domain: 'eu.example.com', type: 'PRIMARY' }],
    envs: [
      { key: 'LANGUAGE', value: 'de' },
      { key: 'CURRENCY', value: 'EUR' },
    ],
    services: [
      {
        ...web,
        envs: [
          { key: 'TOKEN', type: 'SECRET' },
          { key: 'LIMIT', value: '20' },
        ],
      },
    ],
  });
  expect(written).toEqual(before);
});

it.each([
  [
    { services: [{ name: 'wbe', instance_count: 1 }] },
    'p.yaml:3: overlay/services/0/name: the App Spec has no service "wbe". It has: web',
  ],
  [{ databases: [{ name: 'db' }] }, 'the App Spec has no database "db". It has: none'],
  [
    { services: [{ instance_count: 1 }] },
    'overlay/services/0/name: expected the name of a service. It has: web',
  ],
  [{ region: 'fra' }, 'p.yaml:3: overlay/region: write it beside "overlay"'],
  [{ name: 'other' }, 'overlay/name: the name of an app follows from its placement'],
  [
    { services: [{ name: 'web', http_port: '80a' }] },
    'p.yaml:3: overlay: the App Spec is wrong with it: services/web/http_port: expected',
  ],
  [
    { services: [{ name: 'web', envs: [{ key: 'TOKEN', value: 'in clear text' }] }] },
    'overlay: the App Spec is wrong with it: services/web/envs/TOKEN',
  ],
])('refuses %j, with the place', (overlay, message) => {
  expect(() => specAt({ overlay })).toThrow(AppSpecError);
  expect(() => specAt({ overlay })).toThrow(message);
});
