import { isLocal } from '../placement/environment.js';
import type { WorkspaceFolders } from '../records/workspace-folders.js';
import type { SkillImages } from '../registry/skill-images.js';
import { describeError } from '../terminal/describe-error.js';
import type { DeployOptions } from './options.js';
import type { PreparedSkill } from './prepare.js';

interface ImageRun {
  options: Pick<DeployOptions, 'environment' | 'baseImage' | 'registry'>;
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal;
}

/** The images of a run; undefined locally, where the artefacts themselves are shipped. Close them at its end. */
export async function imagesOf(
  { options, env, signal }: ImageRun,
  { baseImages }: WorkspaceFolders,
): Promise<SkillImages | undefined> {
  if (isLocal(options.environment)) return undefined;
  const { baseImage, registry } = options;
  const { SkillImages } = await import('../registry/skill-images.js');
  return new SkillImages({ baseImage, registry, env, cache: baseImages, signal });
}

/**
 * In production, refuses to send anything while a login to push an image is missing.
 * @throws naming every skill whose image has none
 */
export async function refuseWithoutLogins(
  prepared: readonly PreparedSkill[],
  images: SkillImages | undefined,
): Promise<void> {
  const lines: string[] = [];
  for (const { imaged, request } of prepared) {
    if (!imaged || !images) continue;
    await images
      .requireLogins(imaged)
      .catch((error: unknown) => lines.push(`  ${request.skill}: ${describeError(error)}`));
  }
  if (lines.length > 0) throw new Error(`Nothing was sent:\n${lines.join('\n')}`);
}
