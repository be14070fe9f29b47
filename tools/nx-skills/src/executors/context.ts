import type { ExecutorContext, TargetConfiguration } from '@nx/devkit';
import { runner } from '@odoobo/machine/package-manager';
import type { RunWorkspace } from '@odoobo/ship/commands/run';
import { readIdentity } from '@odoobo/ship/manifest/read-identity';
import type { SkillPlace } from '@odoobo/ship/manifest/skill-place';
import type { SkillTarget } from '@odoobo/ship/manifest/target-names';
import type { Sources } from '@odoobo/ship/runs/sources';

/** The projects by name. */
export type Projects = ExecutorContext['projectsConfigurations']['projects'];

type Targets = Readonly<Record<string, TargetConfiguration>>;

/** Folder of a project, relative to the workspace root. @throws when the workspace has no such project */
export function rootOf({ projectsConfigurations: { projects } }: ExecutorContext, project: string): string {
  const { root } = projects[project] ?? {};
  if (root === undefined)
    throw new Error(`There is no project "${project}" in this workspace. See: ${runner} nx show projects`);
  return root;
}

/**
 * The skill of a project. Nx knows it by the name of the project, everything else by its own name.
 * @throws when the workspace has no such project
 */
export function placeOf(context: ExecutorContext, project: string): SkillPlace {
  const { targets = {} } = context.projectsConfigurations.projects[project] ?? {};
  return placeIn(context.root, project, rootOf(context, project), targets);
}

/** A skill, and the name of its Nx project. */
export interface ProjectSkill extends SkillPlace {
  project: string;
}

/** The skills of a workspace: all that can be deployed. */
export function skillsIn(projects: Projects, workspaceRoot: string): ProjectSkill[] {
  return Object.entries(projects)
    .filter(([, { targets = {} }]) => targetOf(targets, 'deploy') !== undefined)
    .map(([project, { root, targets = {} }]) => ({
      ...placeIn(workspaceRoot, project, root, targets),
      project,
    }));
}

/** The name of the target of a project that an executor of this package runs; undefined if it has none. */
export function targetOf(targets: Targets, executor: SkillTarget): string | undefined {
  return Object.keys(targets).find((name) => targets[name]?.executor === `@odoobo/nx-skills:${executor}`);
}

function placeIn(workspaceRoot: string, project: string, skillRoot: string, targets: Targets): SkillPlace {
  return {
    workspaceRoot,
    skillRoot,
    skill: readIdentity(workspaceRoot, skillRoot).id,
    command: (target) => {
      const name = targetOf(targets, target) ?? target;
      // Nx has commands of its own, such as `release`, which hide a target of that name.
      return name === target ? `${runner} nx ${name} ${project}` : `${runner} nx run ${project}:${name}`;
    },
  };
}

/** The data about the sources of skills from an executor's context. */
export function sourcesIn({
  projectGraph,
  nxJsonConfiguration,
}: Pick<ExecutorContext, 'projectGraph' | 'nxJsonConfiguration'>): Sources {
  return { graph: projectGraph, namedInputs: nxJsonConfiguration?.namedInputs };
}

/** The workspace of an executor's context, for a run that knows no Nx. */
export function workspaceOf(context: ExecutorContext): RunWorkspace {
  const { root, cwd, nxJsonConfiguration, projectsConfigurations } = context;
  return {
    root,
    cwd,
    get places() {
      return skillsIn(projectsConfigurations.projects, root);
    },
    sources: sourcesIn(context),
    defaultBase: nxJsonConfiguration?.defaultBase ?? 'main',
    plugins: nxJsonConfiguration?.plugins,
  };
}
