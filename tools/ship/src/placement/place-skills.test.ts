import { describeFileIssue } from '@odoobo/app-platform/spec';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandOf, type SkillPlace } from '../manifest/skill-place.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { findPlaces, onlyPlace, placeSkills } from './place-skills.js';
import { environmentsOfWorkspace } from './placement-files.js';
import type { Selection } from './selection.js';
import { sharedNameIssues } from './shared-names.js';

const shared = 'infra/do-gradient/placements.yaml';
const own = 'infra/do-gradient/shop/placements.yaml';

async function workspaceOf(files: Record<string, string>): Promise<string> {
  const root = await tempDirectory();
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  }
  return root;
}

/** The apps of the skill `shop`, and of others. */
async function appsIn(
  files: Record<string, string>,
  environment: string,
  skills = ['shop'],
  chosen: Omit<Selection, 'environment'> = {},
) {
  const workspaceRoot = await workspaceOf(files);
  const places = skills.map((skill): SkillPlace => ({
    workspaceRoot,
    skillRoot: skill,
    skill,
    command: commandOf([], skill),
  }));
  const placed = await placeSkills(places, { environment, ...chosen });
  return [...placed.values()].flat().map(({ skill, placement }) => [skill, placement?.secretsPrefix]);
}

it('leaves a skill as it is without files', async () => {
  expect(await appsIn({}, 'production')).toEqual([['shop', undefined]]);
  expect(await appsIn({ [shared]: 'placements: [{ environment: staging }]' }, 'local')).toEqual([
    ['shop', undefined],
  ]);
});

it('gives each skill an app in an environment of all, in which a file of its own goes before', async () => {
  const files = {
    [shared]: 'placements: [{ environment: staging, secretsPrefix: STAGING_ }]',
    [own]: 'placements: [{ environment: staging, secretsPrefix: SHOP_ }, { environment: demo }]',
  };
  expect(await appsIn(files, 'staging', ['shop', 'till'])).toEqual([
    ['shop-staging', 'SHOP_'],
    ['till-staging', 'STAGING_'],
  ]);
  expect(await appsIn(files, 'demo')).toEqual([['shop-demo', undefined]]);
  expect(await environmentsOfWorkspace(await workspaceOf(files))).toEqual(['staging', 'demo']);
});

it('keeps the name of the app in production, whatever a placement changes in it', async () => {
  expect(await appsIn({ [own]: 'placements: [{ secretsPrefix: SHOP_ }]' }, 'production')).toEqual([
    ['shop', 'SHOP_'],
  ]);
});

it.each([
  ['placements: [{ environment: Staging }]', `${own}:1: placements/0/environment: expected 2 to 20 of a-z`],
  [
    'placements:\n  - environment: demo\n  - environment: demo\n',
    `${own}:3: placements/1: the file already has the placement "default" in "demo"`,
  ],
  ['placements:\n  - enviroment: demo\n', 'Did you mean "environment"?'],
  ['placements: [', 'not valid YAML'],
  ['placements: []', `${own}:1: placements`],
])('refuses %j, with the place', async (text, message) => {
  await expect(appsIn({ [own]: text }, 'local')).rejects.toThrow(message);
});

it('names the environments that there are where one is unknown', async () => {
  const files = { [shared]: 'placements: [{ environment: staging }]' };
  await expect(appsIn(files, 'stagign')).rejects.toThrow(
    'shop has no placement in the environment "stagign". Did you mean "staging"?',
  );
  await expect(appsIn({}, 'demo')).rejects.toThrow(
    'It has: local, production. Add one to infra/do-gradient/placements.yaml',
  );
});

describe('several apps of a skill', () => {
  const files = {
    [shared]:
      'placements: [{ name: eu, region: fra, tenant: acme }, { name: us, region: nyc }, { name: us, environment: staging }]',
    [own]: 'placements: [{ name: us, region: sfo }, { environment: production }]',
  };
  const names = async (chosen = {}, skills = ['shop'], environment = 'production') =>
    (await appsIn(files, environment, skills, chosen)).map(([app]) => app);

  it('have the names of their placements, in another environment with its name, too', async () => {
    expect(await names({}, ['shop', 'till'])).toEqual(['shop-eu', 'shop-us', 'shop', 'till-eu', 'till-us']);
    expect(await names({}, ['shop'], 'staging')).toEqual(['shop-staging-us']);
  });

  it('are selected by placement and by tenant; an empty option selects all', async () => {
    expect(await names({ placements: 'eu, default' }, ['shop', 'till'])).toEqual([
      'shop-eu',
      'shop',
      'till-eu',
    ]);
    expect(await names({ tenants: 'acme' })).toEqual(['shop-eu']);
    expect(await names({ placements: '', tenants: ' ' })).toHaveLength(3);
  });

  it('are selected by a file of tenants, of any length', async () => {
    const many = Array.from({ length: 500 }, (_, index) => `c${String(index)}x`);
    const entries = many.map((name) => `  - { name: ${name}, tenant: ${name} }`).join('\n');
    const workspaceRoot = await workspaceOf({
      [own]: `placements:\n${entries}\n`,
      'tenants.txt': `# Those that pay.\n${many.slice(1).join('\n')}\n\n`,
      'wrong.txt': 'c1x\nc1y\nc2y\n',
      'empty.txt': '# none\n',
    });
    const place = { workspaceRoot, skillRoot: 'shop', skill: 'shop', command: commandOf([], 'shop') };
    const chosen = async (tenants: string) =>
      (await placeSkills([place], { environment: 'production', tenants })).get('shop');
    const apps = (await chosen('@tenants.txt')) ?? [];
    expect([apps.length, apps[0]?.skill]).toEqual([499, 'shop-c1x']);
    await expect(chosen('@wrong.txt')).rejects.toThrow(
      'There is no tenant "c1y" in production. Nor are there: c2y.',
    );
    await expect(chosen('@empty.txt')).rejects.toThrow('empty.txt names no tenant. Write one on each line.');
    await expect(chosen('@none.txt')).rejects.toThrow('The file of tenants none.txt cannot be read.');
  });

  it.each([
    [{ placements: 'eux' }, 'There is no placement "eux" in production. Did you mean "eu"?'],
    [{ placements: 'default' }, 'There is no placement "default" in production. There is: eu, us.', ['till']],
    [{ tenants: 'globex' }, 'There is no tenant "globex" in production. There is: acme.'],
    [{ placements: 'us', tenants: 'acme' }, 'No placement of acme is called us in production.'],
  ])('that are not there are refused: %j', async (chosen, message, skills = ['shop']) => {
    await expect(names(chosen, skills)).rejects.toThrow(message);
  });

  it('are found with commands that select them, and one must be named where only one can be meant', async () => {
    const workspaceRoot = await workspaceOf(files);
    const place = { workspaceRoot, skillRoot: 'shop', skill: 'shop', command: commandOf([], 'shop') };
    const [app] = await findPlaces([place], { environment: 'production' });
    expect(app?.command('rollback')).toBe('npx nx rollback shop --placements eu');
    expect(app?.command('build')).toBe('npx nx build shop');
    await expect(onlyPlace(place, { environment: 'production' })).rejects.toThrow(
      'shop has 3 apps in production: eu, us, default. Choose one: --placements eu',
    );
  });
});

describe('two apps of one name', () => {
  const shown = async (files: Record<string, string>, skills: string[]) => {
    const workspaceRoot = await workspaceOf(files);
    const all = skills.map((skill) => ({ workspaceRoot, skill }));
    return (await sharedNameIssues(['shop'], all)).map(describeFileIssue);
  };

  it('are refused, of two placements and of two skills', async () => {
    expect(
      await shown({ [own]: 'placements:\n  - name: staging\n  - environment: staging\n' }, ['shop']),
    ).toEqual([
      `${own}:2: placements/0: the app "shop-staging" is also that of shop in staging. Give one of them another name`,
      `${own}:3: placements/1: the app "shop-staging" is also that of shop in production, placement "staging". Give one of them another name`,
    ]);
    expect(await shown({ [own]: 'placements: [{ name: eu }]' }, ['shop', 'shop-eu'])).toEqual([
      `${own}:1: placements/0: the app "shop-eu" is also that of shop-eu in production. Give one of them another name`,
    ]);
  });

  it('may be on the local platform and on App Platform', async () => {
    const both = 'placements: [{ name: eu }, { name: eu, environment: local }]';
    expect(await shown({ [own]: both }, ['shop', 'till'])).toEqual([]);
  });
});
