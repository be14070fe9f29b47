import { join } from 'node:path';
import type { SkillManifest } from '../manifest/manifest.js';
import { changeKey } from './build-keys.js';
import { FileDigests } from './file-digests.js';
import { type BuiltSkill, changedUnhashed, readUnhashed } from './unhashed.js';

/**
 * Builds a skill again if files went into its artefact that Nx does not hash and that have changed since: Nx may have taken it from
 * its cache, where another checkout or an earlier run has put it. The next run of Nx builds it.
 *
 * @returns the files that had changed
 * @throws as `buildArtefact` does
 */
export async function rebuildIfChanged(
  skill: BuiltSkill,
  manifest: SkillManifest,
  digestOf = new FileDigests(skill.workspaceRoot).of,
): Promise<string[]> {
  const changes = changedUnhashed(skill, digestOf);
  if (!changes) return [];
  // Loaded here, because hardly any deploy builds.
  const { buildArtefact } = await import('./build-artefact.js');
  const { recordUnhashed } = await import('./record-unhashed.js');
  const hashed = readUnhashed(skill)?.hashed ?? { paths: [], outputs: [] };
  const artefact = await buildArtefact(join(skill.workspaceRoot, skill.skillRoot), manifest);
  await recordUnhashed(skill, artefact, hashed);
  changeKey(skill, changes.digest);
  return changes.files;
}
