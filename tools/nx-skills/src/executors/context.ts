import type { ExecutorContext } from '@nx/devkit';
import type { SkillPlace } from '../manifest/load-manifest.js';
import type { Sources } from '../runs/sources.js';

/** The projects by name. */
export type Projects = ExecutorContext['projectsConfigurations']['projects'];

/** Folder of a skill, relative to the workspace root. @throws when the workspace has no such project */
export function skillRootOf(context: ExecutorContext, skill: string): string {
  const project = context.projectsConfigurations.projects[skill];
  if (!project)
    throw new Error(`There is no project "${skill}" in this workspace. See: npx nx show projects`);
  return project.root;
}

/** @throws when the workspace has no such project */
export function placeOf(context: ExecutorContext, skill: string): SkillPlace {
  return { workspaceRoot: context.root, skillRoot: skillRootOf(context, skill), skill };
}

/** The skills of a workspace: all that can be deployed. */
export function skillsIn(projects: Projects, workspaceRoot: string): SkillPlace[] {
  return Object.entries(projects)
    .filter(([, { targets }]) => targets?.['deploy']?.executor === '@odoobo/nx-skills:deploy')
    .map(([skill, { root }]) => ({ workspaceRoot, skillRoot: root, skill }));
}

/** The data about the sources of skills from an executor's context. */
export function sourcesIn({
  projectGraph,
  nxJsonConfiguration,
}: Pick<ExecutorContext, 'projectGraph' | 'nxJsonConfiguration'>): Sources {
  return { graph: projectGraph, namedInputs: nxJsonConfiguration?.namedInputs };
}
