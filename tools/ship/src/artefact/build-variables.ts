/** The variable with the versions of what builds artefacts. It is set before the tasks of a run. */
export const builderVariable = 'SKILLS_BUILDER';

/** The same of all skills: for a workspace that names the inputs of its builds itself, for all skills at once. */
export const allUnhashedVariable = 'SKILLS_UNHASHED';

/** The variable with what changed in files of a skill's artefact that Nx does not hash. It is set before the tasks of a run. */
export function unhashedVariable(skill: string): string {
  return `SKILLS_UNHASHED_${skill.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
}
