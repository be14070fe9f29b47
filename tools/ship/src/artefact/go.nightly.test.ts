import { execa } from 'execa';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { skillManifestSchema } from '../manifest/manifest.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { buildArtefact } from './build-artefact.js';

const hasGo = await execa('go', ['version']).then(
  () => true,
  () => false,
);

const manifest = skillManifestSchema.parse({
  id: 'shop',
  contract: 'http',
  version: '1.0.0',
  description: 'Sells.',
  runtime: 'go',
  entry: 'cmd/shop',
  assets: ['views'],
});

const source = {
  'go.mod': 'module example.test/shop\n\ngo 1.22\n',
  'cmd/shop/main.go':
    'package main\n\nimport "example.test/shop/words"\n\nfunc main() { println(words.One) }\n',
  'words/words.go': 'package words\n\nconst One = "one"\n',
  'views/a.html': '<p>',
};

async function skillOf(files: Record<string, string>): Promise<string> {
  const root = await tempDirectory();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

describe.skipIf(!hasGo)('a Go skill (needs go)', () => {
  it('is a program for App Platform with its assets, the same wherever it is built', async () => {
    const root = await skillOf(source);
    const { digest, sources } = await buildArtefact(root, manifest);
    expect(sources.map((path) => path.slice(root.length + 1))).toEqual(
      expect.arrayContaining(['cmd/shop/main.go', 'words/words.go', 'go.mod', 'views/a.html']),
    );
    const program = join(root, 'dist/bundle/server');
    expect((await readFile(program)).subarray(0, 4).toString('latin1')).toBe('\u007fELF');
    expect((await stat(program)).mode & 0o111).not.toBe(0);
    expect((await buildArtefact(await skillOf(source), manifest)).digest).toBe(digest);
    const other = { ...source, 'words/words.go': 'package words\n\nconst One = "two"\n' };
    expect((await buildArtefact(await skillOf(other), manifest)).digest).not.toBe(digest);
  }, 240_000);

  it('that does not compile says why', async () => {
    const root = await skillOf({ ...source, 'words/words.go': 'package words\n\nconst Two = "two"\n' });
    await expect(buildArtefact(root, manifest)).rejects.toThrow(
      /go build failed in .*[^]*undefined: words.One/,
    );
  }, 240_000);
});
