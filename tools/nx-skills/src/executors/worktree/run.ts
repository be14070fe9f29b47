import type { ExecutorContext } from '@nx/devkit';
import type { WorktreeResult } from '@odoobo/git-flow';
import { describeError } from '../../terminal/describe-error.js';
import { terminalKind, type Style } from '../../terminal/style.js';
import { TaskOutput } from '../../terminal/task-output.js';
import type { RunEnd, SkillOutcome } from '../batch.js';
import { parseOptions } from '../options.js';
import { abortOnSignal, endInterrupted } from '../shown-run.js';
import { checkTogether, worktreeOptions, type WorktreeOptions } from './options.js';
import { sparseFolders } from './sparse-folders.js';
import { addWorktrees, dropWorktrees, readWorktrees, type WorktreeRun } from './worktree-skills.js';
import { resultTable, standingTable } from './worktree-table.js';

/** Makes, removes or lists the worktrees of skills and shows it. Does not return from an interrupted run. */
export async function runWorktree(
  skills: readonly string[],
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<RunEnd> {
  const { style } = terminalKind(process.env);
  const output = new TaskOutput();
  const print = (line: string) => output.write(`  ${line}\n`);
  const { signal, done } = abortOnSignal(() => {
    output.bypassNx();
    print('Interrupted. What was begun is cleared away.');
  });
  try {
    const options = parseOptions(worktreeOptions, rawOptions, `${skills[0] ?? ''}:worktree`);
    checkTogether(options);
    const end = await work(options, context, style, {
      workspaceRoot: context.root,
      skills,
      baseFolder: options.baseFolder,
      environment: process.env,
      defaultBase: context.nxJsonConfiguration?.defaultBase ?? 'main',
      signal,
      onWarning: (message) => print(`${style.yellow('!')} ${message}`),
    });
    const close = () => output.write(end.table);
    if (signal.aborted) endInterrupted(close);
    return { outcomes: end.outcomes, close };
  } catch (error) {
    if (signal.aborted) endInterrupted(() => {});
    const outcome = { success: false, output: `${describeError(error)}\n` };
    return { outcomes: new Map(skills.map((skill) => [skill, outcome])), close: () => {} };
  } finally {
    done();
  }
}

interface End {
  outcomes: Map<string, SkillOutcome>;
  table: string;
}

async function work(
  options: WorktreeOptions,
  context: ExecutorContext,
  style: Style,
  run: WorktreeRun,
): Promise<End> {
  if (options.list) return list(style, run);
  const foldersOf = (skill: string) => (options.sparse ? sparseFolders(skill, context) : undefined);
  const results = options.remove ? await dropWorktrees(run) : await addWorktrees(run, foldersOf);
  return {
    outcomes: new Map(results.map((result) => [result.skill, toOutcome(result)])),
    table: resultTable(results, style),
  };
}

async function list(style: Style, run: WorktreeRun): Promise<End> {
  const { standings, defaultBranch } = await readWorktrees(run);
  const outcomes = standings.map(({ skill, branch, worktree }): [string, SkillOutcome] => [
    skill,
    { success: true, output: `${skill}: ${branch} ${worktree?.path ?? 'has no worktree'}\n` },
  ]);
  return { outcomes: new Map(outcomes), table: standingTable(standings, defaultBranch, style) };
}

function toOutcome({ skill, path, action, error }: WorktreeResult): SkillOutcome {
  if (error !== undefined) return { success: false, output: `${skill}: ${describeError(error)}\n` };
  return {
    success: true,
    output: `${skill}: ${action === 'absent' ? 'nothing to remove' : `${action} ${path}`}\n`,
  };
}
