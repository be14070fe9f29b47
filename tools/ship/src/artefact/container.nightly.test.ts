import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { skillManifestSchema } from '../manifest/manifest.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { buildArtefact } from './build-artefact.js';

const busybox = '/usr/bin/busybox';
const engines = ['podman', 'docker', 'buildah'];
const found = await Promise.all(
  engines.map((engine) =>
    execa(engine, ['info']).then(
      () => true,
      () => false,
    ),
  ),
);
const isLacking = !existsSync(busybox) || !found.includes(true);

const manifest = skillManifestSchema.parse({
  id: 'shop',
  contract: 'http',
  version: '1.0.0',
  description: 'Sells.',
  runtime: 'container',
  entry: 'Dockerfile',
});

const dockerfile =
  'FROM scratch\nCOPY . /app\nRUN ["/app/busybox", "touch", "/made"]\nCMD ["/app/busybox", "sh"]\n';

async function skillOf(files: Record<string, string>): Promise<string> {
  const root = await tempDirectory();
  await execa('git', ['init', '-q'], { cwd: root });
  for (const [path, text] of Object.entries({ '.gitignore': 'secret.txt\ndist\n', ...files })) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  await copyFile(busybox, join(root, 'busybox'));
  return root;
}

describe.skipIf(isLacking)('a Dockerfile (needs busybox, and podman, docker or buildah)', () => {
  it('is an image with the files that git does not ignore', async () => {
    const root = await skillOf({ Dockerfile: dockerfile, 'a.txt': 'a', 'secret.txt': 's' });
    const { digest, imageDirectory, sources } = await buildArtefact(root, manifest);
    const paths = sources.map((path) => path.slice(root.length + 1));
    expect(paths.sort()).toEqual(['.gitignore', 'Dockerfile', 'a.txt', 'busybox']);
    const text = await readFile(join(imageDirectory, 'blobs', digest.replace(':', '/')), 'utf8');
    const { layers, annotations } = JSON.parse(text) as { layers: unknown[]; annotations: object };
    expect(layers.length).toBeGreaterThan(0);
    expect(annotations).toMatchObject({ 'org.opencontainers.image.version': '1.0.0' });
  }, 120_000);

  it('that cannot be built says what the engine printed', async () => {
    const wrong = await skillOf({ Dockerfile: 'FROM scratch\nCOPY missing /\n' });
    await expect(buildArtefact(wrong, manifest)).rejects.toThrow(/build of the Dockerfile failed[^]*missing/);
    const none = await skillOf({});
    await expect(buildArtefact(none, manifest)).rejects.toThrow('has no Dockerfile');
  }, 120_000);
});
