import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { commandOf, type SkillPlace } from '../manifest/skill-place.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { placeSkills } from './place-skills.js';
import { environmentsOfWorkspace } from './placement-files.js';

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
async function appsIn(files: Record<string, string>, environment: string, skills = ['shop']) {
  const workspaceRoot = await workspaceOf(files);
  const places = skills.map((skill): SkillPlace => ({
    workspaceRoot,
    skillRoot: skill,
    skill,
    command: commandOf([], skill),
  }));
  const placed = await placeSkills(places, environment);
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
    `${own}:3: placements/1/environment: the file already has`,
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
