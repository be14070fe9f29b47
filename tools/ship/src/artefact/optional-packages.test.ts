import { execa } from 'execa';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { skillManifestSchema } from '../manifest/manifest.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { buildArtefact } from './build-artefact.js';

const manifest = skillManifestSchema.parse({
  id: 'shop',
  version: '1.0.0',
  description: 'Sells.',
  runtime: 'node',
  entry: 'main.ts',
});

/** A package that uses another if it is there, as frameworks do. */
const kit = `
const load = (name, get) => { try { return get().hello; } catch (error) { return name + ' ' + error.code; } };
exports.peer = () => load('peer', () => require('@acme/peer/part'));
exports.optional = () => load('optional', () => require('optional'));`;

/** @returns what the artefact of a skill prints that uses the package */
async function printed(packageJson: object, files: Record<string, string> = {}): Promise<string> {
  const workspace = await tempDirectory();
  const all = {
    'skills/shop/main.ts': `import kit from 'kit'; console.log(kit.peer(), kit.optional());`,
    'node_modules/kit/package.json': JSON.stringify({ name: 'kit', ...packageJson }),
    'node_modules/kit/index.js': kit,
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true });
    await writeFile(join(workspace, path), text);
  }
  await buildArtefact(join(workspace, 'skills/shop'), manifest);
  const { stdout } = await execa('node', ['main.mjs'], { cwd: join(workspace, 'skills/shop/dist/bundle') });
  return stdout;
}

const declared = {
  peerDependencies: { '@acme/peer': '*' },
  peerDependenciesMeta: { '@acme/peer': { optional: true } },
  optionalDependencies: { optional: '*' },
};

it('leaves out optional packages that are not installed: the package that imports them finds them missing', async () => {
  expect(await printed(declared)).toBe('peer MODULE_NOT_FOUND optional MODULE_NOT_FOUND');
});

it('bundles optional packages that are installed', async () => {
  const installed = {
    'node_modules/@acme/peer/part.js': `exports.hello = 'peer is here';`,
    'node_modules/kit/node_modules/optional/index.js': `exports.hello = 'optional is here';`,
  };
  expect(await printed(declared, installed)).toBe('peer is here optional is here');
});

it.each([
  ['a package that must be there', { ...declared, peerDependenciesMeta: {} }],
  ['a package that nothing declares', {}],
])('refuses a bundle without %s, and names it', async (_, packageJson) => {
  await expect(printed(packageJson)).rejects.toThrow(
    /does not bundle[\s\S]*Install what is missing: npm install @acme\/peer/,
  );
});
