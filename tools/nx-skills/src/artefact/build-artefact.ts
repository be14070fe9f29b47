import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SkillManifest } from '../manifest/manifest.js';
import { bundleSkill, type BundledFile } from './bundle.js';
import { readImageDigest, writeImageLayout } from './image-layout.js';
import { packLayer } from './layer.js';

export interface Artefact {
  /** Digest of the image's manifest, `sha256:...`: the artefact's address. */
  digest: string;
  /** OCI image layout. */
  imageDirectory: string;
  /** Size of the image's layer in bytes. */
  bytes: number;
}

/** Where the build of a skill leaves its OCI image layout. */
export function imageDirectoryOf(skillRoot: string): string {
  return join(skillRoot, 'dist/image');
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
  const digest = await writeImageLayout(imageDirectory, layer, {
    name: manifest.id,
    version: manifest.version,
    entrypoint: ['node', '--enable-source-maps', 'main.mjs'],
  });
  return { digest, imageDirectory, bytes: layer.length };
}

/**
 * Finds what an earlier build left.
 *
 * @throws when there is no finished build
 */
export async function readArtefactDigest(skill: string, skillRoot: string): Promise<string> {
  try {
    return await readImageDigest(imageDirectoryOf(skillRoot));
  } catch (cause) {
    throw new Error(
      `${skill} has no finished build in ${imageDirectoryOf(skillRoot)}. Run: npx nx build ${skill}`,
      {
        cause,
      },
    );
  }
}

async function writeBundle(directory: string, files: readonly BundledFile[]): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await Promise.all(files.map((file) => writeFile(join(directory, file.path), file.contents)));
}
