import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { outputFolder, type OutputOwner } from '../manifest/output-folder.js';
import type { CommandedSkill } from '../manifest/skill-place.js';

/** The folder in which the build of a skill stores its OCI image layout. */
export function imageDirectoryOf(skillRoot: string, manifest: OutputOwner): string {
  return join(skillRoot, outputFolder(manifest), 'image');
}

const replacedMs = 1_000;
const lookAgainMs = 50;

/**
 * Retries reading an artefact for a second: another run of Nx on this machine may be replacing it, by its build or from
 * its cache.
 *
 * @throws what the last try threw
 */
export async function whileReplaced<T>(read: () => Promise<T>): Promise<T> {
  for (let waitedMs = 0; ; waitedMs += lookAgainMs) {
    try {
      return await read();
    } catch (error) {
      if (waitedMs >= replacedMs) throw error;
      await delay(lookAgainMs);
    }
  }
}

const indexSchema = z.object({
  manifests: z.tuple([z.object({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/) })]),
});

/** There is no complete build to ship. */
export class NoBuildError extends Error {
  override readonly name = 'NoBuildError';
}

/**
 * Finds the result of an earlier build: the digest of the one image in its layout.
 *
 * @param directory of its OCI image layout
 * @throws NoBuildError when there is no finished build
 */
export async function readArtefactDigest(
  { skill, command }: CommandedSkill,
  directory: string,
): Promise<string> {
  try {
    const index: unknown = JSON.parse(
      await whileReplaced(() => readFile(join(directory, 'index.json'), 'utf8')),
    );
    return indexSchema.parse(index).manifests[0].digest;
  } catch (cause) {
    throw new NoBuildError(`${skill} has no finished build in ${directory}. Run: ${command('build')}`, {
      cause,
    });
  }
}
