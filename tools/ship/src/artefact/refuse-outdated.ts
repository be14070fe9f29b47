import { readIdentity } from '../manifest/read-identity.js';
import { changeKey } from './build-keys.js';
import { allUnhashedVariable } from './build-variables.js';
import { FileDigests } from './file-digests.js';
import { type BuiltSkill, changedUnhashed } from './unhashed.js';

/**
 * Looks at builds that Nx has taken from its cache. Another checkout may have made them from other files than those here.
 * @throws with the skills and files of those that are outdated, and what builds them
 */
export function refuseOutdatedBuilds(workspaceRoot: string, skillRoots: readonly string[]): void {
  const digests = new FileDigests(workspaceRoot);
  const outdated = skillRoots.flatMap((skillRoot) => {
    const skill: BuiltSkill = { workspaceRoot, skillRoot };
    const changes = changedUnhashed(skill, digests.of);
    if (!changes) return [];
    const isNew = changeKey(skill, changes.digest);
    const { id } = readIdentity(workspaceRoot, skillRoot);
    return [{ isNew, text: `${id} (${changes.files.join(', ')})` }];
  });
  if (outdated.length === 0) return;
  const advice = outdated.every(({ isNew }) => isNew)
    ? 'Run it again: then they are built.'
    : `Add { "env": "${allUnhashedVariable}" } to the inputs of build in nx.json. Until then, run it with --skip-nx-cache.`;
  throw new Error(
    `Nx took outdated builds from its cache: it does not hash these files of their artefacts, and they differ here: ` +
      `${outdated.map(({ text }) => text).join('; ')}. ${advice}`,
  );
}
