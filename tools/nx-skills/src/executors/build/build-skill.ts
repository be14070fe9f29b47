import type { ExecutorContext } from '@nx/devkit';
import { join } from 'node:path';
import { formatBytes, shortDigest } from '../../terminal/format.js';
import { describeError } from '../../terminal/describe-error.js';
import type { SkillOutcome } from '../batch.js';
import { skillRootOf } from '../skill-root.js';

/** Builds one skill; what is wrong with its code or manifest is an outcome, not an exception. */
export async function buildSkill(context: ExecutorContext, skill: string): Promise<SkillOutcome> {
  // Loaded here, so that a run whose builds are all cached pays for none of it.
  const { buildArtefact } = await import('../../artefact/build-artefact.js');
  const { loadManifest } = await import('../../manifest/load-manifest.js');
  try {
    const skillRoot = skillRootOf(context, skill);
    const manifest = await loadManifest(context.root, skillRoot);
    const artefact = await buildArtefact(join(context.root, skillRoot), manifest);
    const output = `${skill}  ${shortDigest(artefact.digest)}  ${formatBytes(artefact.bytes)}  ${skillRoot}/dist/image\n`;
    return { success: true, output };
  } catch (error) {
    return { success: false, output: `${describeError(error)}\n` };
  }
}
