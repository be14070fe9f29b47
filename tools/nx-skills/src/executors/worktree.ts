import type { ExecutorContext, ProjectGraph } from '@nx/devkit';
import type { WorktreeResult } from '@odoobo/git-flow';
import type { RunTasks } from '@odoobo/ship/commands/run';
import { findManifests } from '@odoobo/ship/manifest/find-manifests';
import { readIdentity } from '@odoobo/ship/manifest/read-identity';
import { parseOptions } from '@odoobo/ship/runs/options';
import type { RunEnd, SkillOutcome } from '@odoobo/ship/runs/run-end';
import { showSteps, type TableEnd } from '@odoobo/ship/runs/show-steps';
import { describeError } from '@odoobo/ship/terminal/describe-error';
import { printable } from '@odoobo/ship/terminal/printable';
import type { ResultLook } from '@odoobo/ship/terminal/result-table';
import { checkTogether, type WorktreeOptions, worktreeOptions } from '@odoobo/ship/worktree/options';
import {
  addWorktrees,
  dropWorktrees,
  readWorktrees,
  type WorktreeRun,
} from '@odoobo/ship/worktree/worktree-skills';
import { standingTable, worktreeTable } from '@odoobo/ship/worktree/worktree-table';
import { dirname, join } from 'node:path';
import { batchOf, executorOf } from './batch.js';

export default executorOf(runWorktree);

/** One batch per run: git loses worktrees that several processes add at the same time. */
export const batch = batchOf(runWorktree);

/** Creates, removes or lists the worktrees of skills and shows the results. Does not return from an interrupted run. */
function runWorktree(
  { skills, places, task }: RunTasks,
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<RunEnd> {
  return showSteps(
    skills,
    'Incomplete worktrees are removed.',
    async ({ signal, look, print, onWarning }) => {
      const options = parseOptions(worktreeOptions, rawOptions, task);
      checkTogether(options);
      return work(options, context, look, {
        workspaceRoot: context.root,
        places,
        baseFolder: options.baseFolder,
        carry: options.carry,
        postCreate: options.postCreate,
        env: process.env,
        defaultBase: context.nxJsonConfiguration?.defaultBase ?? 'main',
        signal,
        onWarning,
        onNotice: (message) => message.split('\n').forEach((line) => print(printable(line))),
      });
    },
  );
}

async function work(
  options: WorktreeOptions,
  context: ExecutorContext,
  look: ResultLook,
  run: WorktreeRun,
): Promise<TableEnd> {
  if (options.list) return list(look, run);
  const foldersOf = (skillRoot: string) => (options.sparse ? sparseFolders(skillRoot, context) : undefined);
  const results = options.remove ? await dropWorktrees(run) : await addWorktrees(run, foldersOf);
  return {
    outcomes: new Map(results.map((result) => [result.skill, toOutcome(result)])),
    table: worktreeTable(results, look),
  };
}

async function list(look: ResultLook, run: WorktreeRun): Promise<TableEnd> {
  const { standings, defaultBranch } = await readWorktrees(run);
  const outcomes = standings.map(({ skill, branch, worktree }): [string, SkillOutcome] => [
    skill,
    { success: true, output: `${skill}: ${branch} ${worktree?.path ?? 'has no worktree'}\n` },
  ]);
  return { outcomes: new Map(outcomes), table: standingTable(standings, defaultBranch, look) };
}

function toOutcome({ skill, path, action, error }: WorktreeResult): SkillOutcome {
  if (error !== undefined) return { success: false, output: `${skill}: ${describeError(error)}\n` };
  return {
    success: true,
    output: `${skill}: ${action === 'absent' ? 'nothing to remove' : `${action} ${path}`}\n`,
  };
}

/**
 * The folders needed to work on a skill: its own, those of all its dependencies in the project graph, the App Specs of
 * the skills among them, and the Nx plugins that the workspace itself contains. Relative to the workspace.
 */
function sparseFolders(
  skillRoot: string,
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
    .filter(
      ([, { data }]) => data.root === skillRoot || plugins.includes(data.metadata?.js?.packageName ?? ''),
    )
    .map(([name]) => name);
  const projects = withDependencies(own, projectGraph);
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
  if (findManifests(join(workspaceRoot, folder)).length === 0) return [folder];
  return [folder, dirname(readIdentity(workspaceRoot, folder).appSpec)];
}
