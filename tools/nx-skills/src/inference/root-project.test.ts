import { tempDirectory } from '@odoobo/ship/test-support/temp-directory';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { createNodes } from './create-nodes.js';

/** The name that the project at the root of a workspace gets. */
async function nameAt(root: string, skills: string[] = []): Promise<string | undefined> {
  for (const skill of skills) {
    await mkdir(join(root, 'skills', skill), { recursive: true });
    await writeFile(join(root, 'skills', skill, 'skill.json'), '{}');
  }
  const files = ['nx.json', ...skills.map((skill) => `skills/${skill}/skill.json`)];
  const results = await createNodes[1](files, undefined, { workspaceRoot: root, nxJsonConfiguration: {} });
  const project = results.map(([, { projects }]) => projects?.['.']).find((one) => one !== undefined);
  expect(Object.keys(project?.targets ?? {})).toContain('monitor');
  return project?.name;
}

async function workspace(packageJson?: string): Promise<string> {
  const root = await tempDirectory();
  if (packageJson !== undefined) await writeFile(join(root, 'package.json'), packageJson);
  return root;
}

it.each([
  ['its package', '{"name":"@acme/source"}', '@acme/source'],
  ['what its package says for Nx', '{"name":"@acme/source","nx":{"name":"acme"}}', 'acme'],
])('names the project at the root after %s', async (_, packageJson, name) => {
  expect(await nameAt(await workspace(packageJson))).toBe(name);
});

it.each([
  ['has no name', '{"private":true}'],
  ['has a name that is none', '{"name":7}'],
  ['cannot be read', '{'],
  ['is not there', undefined],
])('names it after its folder if the package %s', async (_, packageJson) => {
  const root = await workspace(packageJson);
  expect(await nameAt(root)).toBe(`${basename(root)}-workspace`);
});

it('avoids the name of a skill', async () => {
  const root = await workspace('{"name":"word-count"}');
  expect(await nameAt(root, ['word-count'])).toBe('word-count-workspace');
});
