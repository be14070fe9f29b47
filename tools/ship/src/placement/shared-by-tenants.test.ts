import type { AppSpec } from '@odoobo/app-platform/spec';
import { expect, it } from 'vitest';
import { placementsIn } from './placements-file.js';
import { sharedByTenants } from './shared-by-tenants.js';

const spec: AppSpec = {
  name: 'shop',
  services: [
    {
      name: 'shop',
      git: { repo_clone_url: 'https://example.com/shop.git' },
      envs: [{ key: 'TOKEN', type: 'SECRET' }],
    },
  ],
  databases: [{ name: 'db', engine: 'PG', cluster_name: 'main' }],
};
const own = (db: string) => `overlay: { databases: [{ name: db, db_name: ${db} }] }`;

function issues(...entries: string[]): string[] {
  const placements = placementsIn(
    `placements:\n${entries.map((one) => `  - { ${one} }\n`).join('')}`,
    'file',
  );
  return sharedByTenants(spec, placements).map(
    ({ placement, issue }) => `${placement.name}: ${issue.path}: ${issue.message.split('. ')[0]}`,
  );
}

it('names a secret and a database that two tenants would share, at each of them', () => {
  expect(issues('name: aa, tenant: acme', 'name: bb, tenant: globex', 'name: cc')).toEqual([
    'aa: placements/0/secretsPrefix: the tenants "acme" and "globex" would share the variable TOKEN',
    'aa: placements/0/overlay: the tenants "acme" and "globex" would share the database "defaultdb" of the cluster "main"',
    'bb: placements/1/secretsPrefix: the tenants "globex" and "acme" would share the variable TOKEN',
    'bb: placements/1/overlay: the tenants "globex" and "acme" would share the database "defaultdb" of the cluster "main"',
  ]);
});

it('has nothing against tenants that are apart, and regions of one tenant', () => {
  expect(
    issues(
      `name: aa, tenant: acme, secretsPrefix: A_, ${own('a')}`,
      `name: ab, tenant: acme, secretsPrefix: A_, region: nyc, ${own('a')}`,
      `name: bb, tenant: globex, secretsPrefix: B_, ${own('b')}`,
    ),
  ).toEqual([]);
});

it('names prefixes of which one begins with the other, where they lead to one variable', () => {
  const tenants = [
    `name: aa, tenant: acme, secretsPrefix: A_, ${own('a')}`,
    `name: bb, tenant: globex, secretsPrefix: A_B_, ${own('b')}`,
  ];
  expect(issues(...tenants)).toEqual([]);
  const both = structuredClone(spec);
  both.services?.[0]?.envs?.push({ key: 'B_TOKEN', type: 'SECRET' });
  const text = `placements:\n${tenants.map((one) => `  - { ${one} }\n`).join('')}`;
  expect(sharedByTenants(both, placementsIn(text, 'file')).map(({ placement }) => placement.name)).toEqual([
    'aa',
    'bb',
  ]);
});

it('compares the secrets that only overlays have, and not those that an overlay reads from elsewhere', () => {
  const services = (...envs: string[]) =>
    `overlay: { services: [{ name: shop, envs: [${envs.join(', ')}] }], databases: null }`;
  const secret = (key: string, value: string) => `{ key: ${key}, type: SECRET, value: "\${${value}}" }`;
  expect(
    issues(
      `name: aa, tenant: acme, ${services(secret('TOKEN', 'ACME_TOKEN'), secret('KEY', 'KEY'))}`,
      `name: bb, tenant: globex, ${services(secret('TOKEN', 'GLOBEX_TOKEN'), secret('OTHER', 'ACME_TOKEN'))}`,
      `name: cc, tenant: initech, secretsPrefix: GLOBEX_, ${services()}`,
      `name: dd, tenant: hooli, ${services(secret('TOKEN', 'HOOLI_TOKEN'))}`,
    ),
  ).toEqual([
    'aa: placements/0/secretsPrefix: the tenants "acme" and "globex" would share the variable ACME_TOKEN',
    'bb: placements/1/secretsPrefix: the tenants "globex" and "initech" would share the variable GLOBEX_TOKEN',
    'bb: placements/1/secretsPrefix: the tenants "globex" and "acme" would share the variable ACME_TOKEN',
    'cc: placements/2/secretsPrefix: the tenants "initech" and "globex" would share the variable GLOBEX_TOKEN',
  ]);
});

it('leaves a wrong overlay to the check of overlays', () => {
  const placed = 'tenant: acme, overlay: { services: 1 }';
  expect(issues(`name: aa, ${placed}`, `name: bb, ${placed}, secretsPrefix: B_`)).toEqual([]);
});
