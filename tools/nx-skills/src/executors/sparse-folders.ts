import type { ExecutorContext, ProjectGraph } from '@nx/devkit';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defaultAppSpec, readIdentity } from '../manifest/read-identity.js';

/**
 * The folders needed to work on a skill: its own, those of all its dependencies in the project graph, the App Specs of
 * the skills among them, and the Nx plugins that the workspace itself contains. Relative to the workspace.
 */
export function sparseFolders(
  skill: string,
  {
    root,
    projectGraph,
    nxJsonConfiguration,
  }: Pick<ExecutorContext, 'root' | 'projectGraph' | 'nxJsonConfiguration'>,
): string[] {
  const plugins = (nxJsonConfiguration.plugins ?? []).map((entry) =>
    typeof entry === 'string' ? entry : entry.plugin,
  );
  const own = Object.entries(projectGraph.nodes)
    .filter(([, { data }]) => plugins.includes(data.metadata?.js?.packageName ?? ''))
    .map(([name]) => name);
  const projects = withDependencies([skill, ...own], projectGraph);
  const folders = projects.flatMap((project) => foldersOf(project, root, projectGraph));
  return [...new Set(folders)].filter((folder) => folder !== '.').sort();
}

function withDependencies(projects: readonly string[], { nodes, dependencies }: ProjectGraph): string[] {
  const found = new Set<string>();
  const add = (project: string): void => {
    if (found.has(project) || !nodes[project]) return;
    found.add(project);
    for (const { target } of dependencies[project] ?? []) add(target);
  };
  projects.forEach(add);
  return [...found];
}

function foldersOf(project: string, workspaceRoot: string, { nodes }: ProjectGraph): string[] {
  const folder = nodes[project]?.data.root ?? '.';
  const manifest = join(folder, 'skill.json');
  if (!existsSync(join(workspaceRoot, manifest))) return [folder];
  const { appSpec = defaultAppSpec(project) } = readIdentity(workspaceRoot, manifest);
  return [folder, dirname(appSpec)];
}
