import { type AppSpec, AppSpecError, type AppSpecFileIssue } from '@odoobo/app-platform/spec';
import type { SkillPlace } from '../manifest/skill-place.js';
import { appOf } from './app-name.js';
import { placedSpec } from './placed-spec.js';
import { readPlacements, readPlacementsOnce } from './placements.js';
import type { WrittenPlacement } from './placements-file.js';
import { sharedByTenants } from './shared-by-tenants.js';
import { sharedNameIssues } from './shared-names.js';

/**
 * What is wrong with the files of placements of a skill.
 * @param all the skills of the workspace
 * @param spec its App Spec, which is right without them
 * @param read what a file of placements has, or will have
 */
export async function placementIssues(
  workspaceRoot: string,
  skill: string,
  all: readonly Pick<SkillPlace, 'skill'>[],
  spec: AppSpec,
  read = readPlacementsOnce(),
): Promise<AppSpecFileIssue[]> {
  try {
    const placements = await readPlacements({ workspaceRoot, skill }, read);
    if (placements.length === 0) return [];
    const shared = await sharedNameIssues(
      [skill],
      all.map((one) => ({ workspaceRoot, skill: one.skill })),
      read,
    );
    const tenants = sharedByTenants(spec, placements).map(({ issue }) => issue);
    return [...shared, ...tenants, ...placements.flatMap((one) => specIssues(spec, skill, one))];
  } catch (error) {
    if (error instanceof AppSpecError) return [...error.issues];
    throw error;
  }
}

function specIssues(spec: AppSpec, skill: string, placement: WrittenPlacement): readonly AppSpecFileIssue[] {
  try {
    placedSpec(spec, { skill: appOf(skill, placement), placement: { ...placement, of: skill } });
    return [];
  } catch (error) {
    if (error instanceof AppSpecError) return error.issues;
    throw error;
  }
}
