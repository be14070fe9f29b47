import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SkillManifest } from '../manifest/manifest.js';
import { bundleSkill, type BundledFile } from './bundle.js';
import { imageDirectoryOf } from './find-artefact.js';
import { writeImageLayout } from './image-layout.js';
import { packLayer } from './layer.js';

export interface Artefact {
  /** Digest of the image's manifest, `sha256:...`: the artefact's address. */
  digest: string;
  /** OCI image layout. */
  imageDirectory: string;
  /** Size of the image's layer in bytes. */
  bytes: number;
}

/**
 * Builds a skill into `dist/bundle` (to look at, and to run by hand) and `dist/image` (what is shipped).
 *
 * @param skillRoot absolute path of the skill
 * @throws BundleError when the code does not bundle
 */
export async function buildArtefact(skillRoot: string, manifest: SkillManifest): Promise<Artefact> {
  const { files } = await bundleSkill(skillRoot, manifest.entry);
  const layer = await packLayer(files);
  await writeBundle(join(skillRoot, 'dist/bundle'), files);
  const imageDirectory = imageDirectoryOf(skillRoot);
  const digest = await writeImage(imageDirectory, layer, manifest);
  return { digest, imageDirectory, bytes: layer.length };
}

/**
 * The digest that a skill builds to. Nothing is left of the build, and nothing in the skill's folder is touched.
 *
 * @param skillRoot absolute path of the skill
 * @throws BundleError when the code does not bundle
 */
export async function artefactDigest(skillRoot: string, manifest: SkillManifest): Promise<string> {
  const { files } = await bundleSkill(skillRoot, manifest.entry);
  const directory = await mkdtemp(join(tmpdir(), 'artefact-'));
  try {
    return await writeImage(directory, await packLayer(files), manifest);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function writeImage(directory: string, layer: Buffer, { id, version }: SkillManifest): Promise<string> {
  const entrypoint = ['node', '--enable-source-maps', 'main.mjs'];
  return writeImageLayout(directory, layer, { name: id, version, entrypoint });
}

async function writeBundle(directory: string, files: readonly BundledFile[]): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await Promise.all(files.map((file) => writeFile(join(directory, file.path), file.contents)));
}
