import { readIdentity } from '../manifest/read-identity.js';
import { changeKey } from './build-keys.js';
import { allUnhashedVariable } from './build-variables.js';
import { type BuiltSkill, changedUnhashed, digestReader } from './unhashed.js';

/**
 * Looks at builds that Nx has taken from its cache. Another checkout may have made them from other files than those here.
 * @throws with the skills and files of those that are outdated, and what builds them
 */
export function refuseOutdatedBuilds(builds: readonly BuiltSkill[]): void {
  const digestOf = digestReader();
  const outdated = builds.flatMap((skill) => {
    const changes = changedUnhashed(skill, digestOf);
    if (!changes) return [];
    const isNew = changeKey(skill, changes.digest);
    const { id } = readIdentity(skill.workspaceRoot, skill.skillRoot);
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
