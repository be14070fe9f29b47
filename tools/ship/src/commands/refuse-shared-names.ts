import type { SkillPlace } from '../manifest/skill-place.js';

/**
 * Refuses skills of a run whose name another skill of the workspace has too.
 * @throws with both folders
 */
export function refuseSharedNames(places: readonly SkillPlace[], all: readonly SkillPlace[]): void {
  for (const { skill, skillRoot } of places) {
    const other = all.find((one) => one.skill === skill && one.skillRoot !== skillRoot);
    if (!other) continue;
    throw new Error(
      `${skillRoot} and ${other.skillRoot} are both the skill "${skill}", and would replace each other's app. ` +
        'Give each its own "id" in its manifest.',
    );
  }
}
