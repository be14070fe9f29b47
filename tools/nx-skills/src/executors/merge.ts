import type { ExecutorContext } from '@nx/devkit';
import { shortCommit, type SkillMerge } from '@odoobo/ship/merge/merge-run';
import { mergeSkills } from '@odoobo/ship/merge/merge-skills';
import { mergeTable } from '@odoobo/ship/merge/merge-table';
import { mergeOptions } from '@odoobo/ship/merge/options';
import { parseOptions } from '@odoobo/ship/runs/options';
import type { RunEnd, SkillOutcome } from '@odoobo/ship/runs/run-end';
import { showSteps } from '@odoobo/ship/runs/show-steps';
import { batchOf, executorOf, type RunTasks } from './batch.js';

export default executorOf(runMerge);

/** One batch per run: each branch is merged on top of the previous one, with one push. */
export const batch = batchOf(runMerge);

/** Merges skills and shows the results. Does not return from an interrupted run. */
function runMerge(
  { skills, places, task }: RunTasks,
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<RunEnd> {
  const interrupted = 'Branches that are merged are skipped when you merge again.';
  return showSteps(skills, interrupted, async ({ signal, look, print, onWarning }) => {
    const run = await mergeSkills({
      workspaceRoot: context.root,
      places: [...places].sort((a, b) => (a.skill < b.skill ? -1 : 1)),
      options: parseOptions(mergeOptions, rawOptions, task),
      env: process.env,
      defaultBase: context.nxJsonConfiguration?.defaultBase ?? 'main',
      signal,
      onVerify: (branches, label) => print(`Verifying ${countBranches(branches)} on ${label}`),
      onMerge: (branches, into) => print(`Merging ${countBranches(branches)} into ${into}`),
      onCheck: (merges) => print(`Testing ${merges}`),
      onRemoved: (branch, worktree) => print(`Removed ${branch} and ${worktree}`),
      onWarning,
    });
    const outcomes = run.results.map((result): [string, SkillOutcome] => [result.skill, toOutcome(result)]);
    return { outcomes: new Map(outcomes), table: mergeTable(run, look) };
  });
}

function countBranches(branches: number): string {
  return branches === 1 ? '1 branch' : `${branches} branches`;
}

function toOutcome(result: SkillMerge): SkillOutcome {
  const { skill } = result;
  if (result.outcome === 'nothing') return { success: true, output: `${skill}: ${result.why}\n` };
  if (result.outcome === 'merged') {
    const { branch, head, mergeCommit } = result;
    return {
      success: true,
      output: `${skill}: merged ${branch} (${shortCommit(head)}) by ${shortCommit(mergeCommit)}\n`,
    };
  }
  const { reason, files = [], advice = [] } = result;
  const lines = [
    reason,
    ...files.map((file) => `    ${file}`),
    ...(advice.length > 0 ? ['  To continue:'] : []),
    ...advice.map((line) => `    ${line}`),
  ];
  return { success: false, output: `${skill} was not merged: ${lines.join('\n')}\n` };
}
