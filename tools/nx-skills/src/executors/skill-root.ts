import type { ExecutorContext } from '@nx/devkit';

/**
 * Folder of a skill, relative to the workspace root.
 *
 * @throws when the workspace has no such project
 */
export function skillRootOf(context: ExecutorContext, skill: string): string {
  const project = context.projectsConfigurations.projects[skill];
  if (!project)
    throw new Error(`There is no project "${skill}" in this workspace. See: npx nx show projects`);
  return project.root;
}

/** Where a skill is. */
export interface SkillPlace {
  workspaceRoot: string;
  /** Relative to the workspace root. */
  skillRoot: string;
  skill: string;
}

/** @throws when the workspace has no such project */
export function placeOf(context: ExecutorContext, skill: string): SkillPlace {
  return { workspaceRoot: context.root, skillRoot: skillRootOf(context, skill), skill };
}
