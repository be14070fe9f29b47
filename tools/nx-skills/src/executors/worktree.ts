import type { ExecutorContext } from '@nx/devkit';
import type { WorktreeResult } from '@odoobo/git-flow';
import { parseOptions } from '../runs/options.js';
import type { RunEnd, SkillOutcome } from '../runs/run-end.js';
import { showSteps, type TableEnd } from '../runs/show-steps.js';
import { describeError } from '../terminal/describe-error.js';
import { printable } from '../terminal/printable.js';
import type { ResultLook } from '../terminal/result-table.js';
import { checkTogether, type WorktreeOptions, worktreeOptions } from '../worktree/options.js';
import { addWorktrees, dropWorktrees, readWorktrees, type WorktreeRun } from '../worktree/worktree-skills.js';
import { standingTable, worktreeTable } from '../worktree/worktree-table.js';
import { batchOf, executorOf, type RunTasks } from './batch.js';
import { sparseFolders } from './sparse-folders.js';

export default executorOf(runWorktree);

/** One batch per run: git loses worktrees that several processes add at the same time. */
export const batch = batchOf(runWorktree);

/** Creates, removes or lists the worktrees of skills and shows the results. Does not return from an interrupted run. */
function runWorktree({ skills }: RunTasks, rawOptions: unknown, context: ExecutorContext): Promise<RunEnd> {
  return showSteps(
    skills,
    'Incomplete worktrees are removed.',
    async ({ signal, look, print, onWarning }) => {
      const options = parseOptions(worktreeOptions, rawOptions, `${skills[0] ?? ''}:worktree`);
      checkTogether(options);
      return work(options, context, look, {
        workspaceRoot: context.root,
        skills,
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
  const foldersOf = (skill: string) => (options.sparse ? sparseFolders(skill, context) : undefined);
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
