import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { buildArtefact } from './build-artefact.js';
import { builtAlone, type Files, manifest, skillWith } from './built-alone.test.helper.js';

const files: Files = {
  'main.ts': `import { word } from '@acme/words'; import { text } from 'reader'; import type {} from 'types-only'; console.log(word, text);`,
  'node_modules/@acme/words/package.json': '{ "name": "@acme/words", "version": "1.2.3", "license": "MIT" }',
  'node_modules/@acme/words/index.js': `exports.word = 'word';`,
  'node_modules/unused/package.json': '{ "name": "unused", "version": "1.0.0" }',
  'node_modules/reader/package.json': '{ "name": "reader", "version": "2.0.0", "license": "see LICENSE.md" }',
  'node_modules/reader/index.js': `exports.text = require('node:fs').readFileSync(require('node:path').join(__dirname, 'text.txt'), 'utf8');`,
  'node_modules/reader/text.txt': 'text',
};

const billOf = (skill: string) => readFile(join(skill, 'dist/sbom.cdx.json'), 'utf8');

it('lists the packages that are bundled, and those that are shipped beside the bundle', async () => {
  const { skill, digest } = await builtAlone(files);
  const { components, metadata } = JSON.parse(await billOf(skill)) as {
    components: { purl: string; licenses: unknown }[];
    metadata: { component: { hashes: { content: string }[] } };
  };
  expect(components.map(({ purl, licenses }) => ({ purl, licenses }))).toEqual([
    { purl: 'pkg:npm/%40acme/words@1.2.3', licenses: [{ expression: 'MIT' }] },
    { purl: 'pkg:npm/reader@2.0.0', licenses: [{ license: { name: 'see LICENSE.md' } }] },
  ]);
  expect(`sha256:${metadata.component.hashes[0]?.content}`).toBe(digest);
  expect(await billOf((await builtAlone(files)).skill)).toBe(await billOf(skill));
});

it('refuses an artefact that is larger than the manifest allows, names the largest parts, and writes nothing', async () => {
  const large = { ...files, 'node_modules/reader/text.txt': 'x'.repeat(50_000) };
  const skill = await skillWith(large);
  await expect(buildArtefact(skill, manifest({ maxSize: '40 kB' }))).rejects.toThrow(
    /^skill\.json: maxSize: the artefact has \d\d kB, and at most 40 kB is allowed\. Its largest parts: node_modules\/reader 50 kB, /,
  );
  await expect(billOf(skill)).rejects.toThrow('ENOENT');
  await buildArtefact(skill, manifest({ maxSize: '0.1 MB' }));
});
