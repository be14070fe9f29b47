import { type App, type Mark, markKey } from '@odoobo/app-platform';
import { git } from '@odoobo/machine/git';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { findOrphans } from '../apps/find-orphans.js';
import { commandOf } from '../manifest/skill-place.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { findLeftApps } from './left-apps.js';
import { placeSkills } from './place-skills.js';

/** A repository with the skill `shop`, with these placements of all skills. */
async function repositoryWith(placements: string): Promise<{ cwd: string; commit: string }> {
  const cwd = await tempDirectory();
  const files = {
    'skills/shop/skill.json': '{ "id": "shop" }',
    'infra/do-gradient/placements.yaml': `placements: ${placements}`,
    'infra/do-gradient/shop/placements.yaml': 'placements: [{ environment: staging, name: own }]',
  };
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(cwd, file)), { recursive: true });
    await writeFile(join(cwd, file), text);
  }
  await git(['init', '-q'], { cwd });
  await git(['add', '-A'], { cwd });
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid'];
  await git([...identity, 'commit', '-qm', 'first'], { cwd });
  return { cwd, commit: (await git(['rev-parse', 'HEAD'], { cwd })).stdout };
}

function appOf(skill: string, mark: Partial<Mark> = {}): App {
  const value = JSON.stringify({ write: '1', artefact: 'a', skill, ...mark });
  return { id: skill, spec: { name: skill, envs: [{ key: markKey, value }] } };
}

it('are found where no file has them any more, and left to their branch where this one never had them', async () => {
  const { cwd, commit } = await repositoryWith('[{ name: eu }]');
  const mark = { repository: commit, commit };
  const at = (environment: string, name?: string) => ({
    placement: { of: 'shop', environment, ...(name && { name }) },
  });
  const apps = [
    appOf('shop', mark),
    appOf('shop-eu', { ...mark, ...at('production', 'eu') }),
    appOf('shop-staging-own', { ...mark, ...at('staging', 'own') }),
    appOf('shop-us', { ...mark, ...at('production', 'us') }),
    appOf('shop-staging', { ...mark, ...at('staging') }),
    appOf('shop-demo', { ...mark, commit: 'f'.repeat(40), ...at('demo') }),
    appOf('shop-of-others', { repository: 'another', commit, ...at('production', 'of-others') }),
  ];
  const orphans = await findOrphans(apps, cwd);
  expect(orphans?.deleted.map(({ skill, placement }) => [skill, placement])).toEqual([
    ['shop-staging', 'default'],
    ['shop-us', 'us'],
  ]);
  expect(orphans?.elsewhere.map(({ skill }) => skill)).toEqual(['shop-demo']);
});

it.each([
  ['[{ name: eu }]', ['shop']],
  ['[{ name: eu }, { environment: production }]', []],
])('with %s the app that the skill had without placements is left: %j', async (placements, left) => {
  const { cwd } = await repositoryWith(placements);
  const place = {
    workspaceRoot: cwd,
    skillRoot: 'skills/shop',
    skill: 'shop',
    command: commandOf([], 'shop'),
  };
  const placed = [...(await placeSkills([place], { environment: 'production', placements: 'eu' })).values()];
  const apps = [appOf('shop'), appOf('till')];
  expect(await findLeftApps(placed.flat(), 'production', apps)).toEqual(left);
});
