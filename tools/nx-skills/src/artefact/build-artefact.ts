import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SkillManifest } from '../manifest/manifest.js';
import { type BundledFile, bundleSkill } from './bundle.js';
import { imageDirectoryOf } from './find-artefact.js';
import { writeImageLayout } from './image-layout.js';
import { packLayer } from './layer.js';
import { pythonCommand, pythonFiles } from './python.js';
import { replaceFolder } from './replace-folder.js';

export interface Artefact {
  /** Digest of the image's manifest, `sha256:...`: the artefact's address. */
  digest: string;
  /** OCI image layout. */
  imageDirectory: string;
  /** Size of the image's layer in bytes. */
  bytes: number;
}

/** The files of a skill that are shipped, and the command that starts it in their folder. */
interface Shipped {
  files: BundledFile[];
  entrypoint: string[];
}

/**
 * Builds a skill into `dist/bundle` (to read, and to run by hand) and `dist/image` (what is shipped).
 *
 * @param skillRoot absolute path of the skill
 * @throws BundleError when the code does not bundle; an error where files of a Python skill are missing
 */
export async function buildArtefact(skillRoot: string, manifest: SkillManifest): Promise<Artefact> {
  const shipped = await whatShips(skillRoot, manifest);
  const layer = await packLayer(shipped.files);
  await writeBundle(join(skillRoot, 'dist/bundle'), shipped.files);
  const imageDirectory = imageDirectoryOf(skillRoot);
  const digest = await writeImage(imageDirectory, layer, shipped, manifest);
  return { digest, imageDirectory, bytes: layer.length };
}

/**
 * The digest of a skill's build. Builds in a temporary folder, and does not change the skill's folder.
 *
 * @param skillRoot absolute path of the skill
 * @throws BundleError when the code does not bundle; an error where files of a Python skill are missing
 */
export async function artefactDigest(skillRoot: string, manifest: SkillManifest): Promise<string> {
  const shipped = await whatShips(skillRoot, manifest);
  const directory = await mkdtemp(join(tmpdir(), 'artefact-'));
  try {
    return await writeImage(directory, await packLayer(shipped.files), shipped, manifest);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function whatShips(skillRoot: string, { runtime, entry }: SkillManifest): Promise<Shipped> {
  if (runtime === 'python') {
    return { files: await pythonFiles(skillRoot, entry), entrypoint: pythonCommand(entry) };
  }
  const { files } = await bundleSkill(skillRoot, entry);
  return { files, entrypoint: ['node', '--enable-source-maps', 'main.mjs'] };
}

function writeImage(
  directory: string,
  layer: Buffer,
  { entrypoint }: Shipped,
  { id, version }: SkillManifest,
): Promise<string> {
  return writeImageLayout(directory, layer, { name: id, version, entrypoint });
}

async function writeBundle(directory: string, files: readonly BundledFile[]): Promise<void> {
  await replaceFolder(directory, async (folder) => {
    await Promise.all(
      files.map(async ({ path, contents }) => {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), contents);
      }),
    );
  });
}
