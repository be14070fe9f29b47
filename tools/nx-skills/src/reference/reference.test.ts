import { skillManifestSchema } from '@odoobo/ship/manifest/manifest';
import { pluginOptionsSchema } from '@odoobo/ship/notifications/webhook';
import { recordSchema } from '@odoobo/ship/records/record';
import { statusSchema } from '@odoobo/ship/records/status';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fieldsOf, jsonSchemaOf, variantsOf } from './json-schema.js';
import { formatted, localPlatformFile, localPlatformPage, referenceFile } from './page.js';
import { variables } from './variables.js';

it('is generated from the schemas; if not: npm run schemas', async () => {
  expect(await readFile(referenceFile, 'utf8')).toBe(await formatted());
}, 60_000);

it('has, of the local platform, what it does with each field of the spec; if not: npm run schemas', async () => {
  expect(await readFile(localPlatformFile, 'utf8')).toBe(await localPlatformPage());
});

it.each([
  ['WORKTREE_STATUS.json', statusSchema],
  ['skill.json', skillManifestSchema],
  ['nx.json', pluginOptionsSchema],
])('describes every field of %s', (_name, schema) => {
  const undescribed = fieldsOf(jsonSchemaOf(schema)).filter(({ description }) => description === '');
  expect(undescribed.map(({ name }) => name)).toEqual([]);
});

it('describes every type of line in the journal', () => {
  const undescribed = variantsOf(jsonSchemaOf(recordSchema)).filter(({ description }) => !description);
  expect(undescribed.map(({ properties }) => properties?.['type']?.const)).toEqual([]);
});

it('lists every environment variable that the code reads', async () => {
  const named = variables.map(({ name }) => name);
  const read = await variablesRead(join(import.meta.dirname, '../../..'));
  expect(read).toContain('DOCKER_CONFIG');
  expect(read.filter((name) => !named.includes(name))).toEqual([]);
});

/** The variables that the sources of the packages read by name. */
async function variablesRead(tools: string): Promise<string[]> {
  const folders = (await readdir(tools)).map((name) => join(tools, name));
  const published = (await Promise.all(folders.map(isPublished))).flatMap((is, index) =>
    is ? folders[index] : [],
  );
  const files = await Promise.all(
    published.map(async (folder = '') => {
      const source = join(folder, 'src');
      const paths = await readdir(source, { recursive: true });
      return paths.filter((path) => /^(?!.*\.test\.).*\.ts$/.test(path)).map((path) => join(source, path));
    }),
  );
  const texts = await Promise.all(files.flat().map((file) => readFile(file, 'utf8')));
  // Without Nx's settings, and without variables that every program has.
  const ours = (name: string): boolean => !/^(NX_TUI|NX_TASKS_|NX_SKIP_|NX_CACHE_|PATH$)/.test(name);
  const found = texts.flatMap((text) =>
    [...text.matchAll(/\benv\['([A-Z_]+)'\]/g)].map(([, name = '']) => name),
  );
  return [...new Set(found)].filter(ours);
}

async function isPublished(folder: string): Promise<boolean> {
  const manifest = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{ "private": true }');
  return !(JSON.parse(manifest) as { private?: boolean }).private;
}
