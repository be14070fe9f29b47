import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commandOf } from '../manifest/skill-place.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { placeSkills } from './place-skills.js';
import { placementsIn } from './placements-file.js';
import { sharedByTenants } from './shared-by-tenants.js';

const count = 5_000;
const file = 'infra/do-gradient/shop/placements.yaml';
const tenants = Array.from({ length: count }, (_, index) => `tenant-${index}`);
const placements = (prefixOf: (tenant: string) => string) =>
  `placements:\n${tenants
    .map(
      (name) =>
        `  - { name: ${name}, tenant: ${name}, secretsPrefix: ${prefixOf(name)}_, overlay: { envs: [{ key: KEY, type: SECRET }] } }\n`,
    )
    .join('')}`;
const ownPrefix = (tenant: string) => tenant.replace('-', '').toUpperCase();

const slowMs = 60_000;

it(
  'thousands of tenants of a skill are selected by a file, each as an app of its own',
  { timeout: slowMs },
  async () => {
    const workspaceRoot = await tempDirectory();
    await mkdir(join(workspaceRoot, 'infra/do-gradient/shop'), { recursive: true });
    await writeFile(join(workspaceRoot, file), placements(ownPrefix));
    await writeFile(join(workspaceRoot, 'tenants.txt'), tenants.slice(1).join('\n'));
    const place = { workspaceRoot, skillRoot: 'shop', skill: 'shop', command: commandOf([], 'shop') };
    const selection = { environment: 'production', tenants: '@tenants.txt' };
    const apps = (await placeSkills([place], selection)).get('shop') ?? [];
    expect(apps.map(({ placement }) => placement?.tenant)).toEqual(tenants.slice(1));
    expect(new Set(apps.map(({ skill }) => skill)).size).toBe(count - 1);
    expect(apps.every(({ skill }) => skill.length <= 32)).toBe(true);
  },
);

it(
  'of thousands, the two that would share a secret are found, also if only an overlay has it',
  { timeout: slowMs },
  () => {
    const spec = {
      name: 'shop',
      services: [{ name: 'shop', git: { repo_clone_url: 'https://example.com/shop.git' } }],
    };
    const sharing = placements((tenant) => ownPrefix(tenant === 'tenant-4321' ? 'tenant-7' : tenant));
    const found = sharedByTenants(spec, placementsIn(sharing, file));
    expect(found.map(({ placement }) => placement.tenant)).toEqual(['tenant-7', 'tenant-4321']);
    expect(found[0]?.issue.message).toContain('would share the variable TENANT7_KEY');
  },
);
