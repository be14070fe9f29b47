import { shortCommit, type SkillMerge } from '../merge/merge-run.js';
import { mergeSkills } from '../merge/merge-skills.js';
import { mergeTable } from '../merge/merge-table.js';
import { mergeOptions } from '../merge/options.js';
import { parseOptions } from '../runs/options.js';
import type { RunEnd, SkillOutcome } from '../runs/run-end.js';
import { showSteps } from '../runs/show-steps.js';
import type { RunTasks, RunWorkspace } from './run.js';

/** Merges skills and shows the results. Does not return from an interrupted run. */
export function runMerge(
  { skills, places, task }: RunTasks,
  rawOptions: unknown,
  workspace: RunWorkspace,
): Promise<RunEnd> {
  const interrupted = 'Branches that are merged are skipped when you merge again.';
  return showSteps(skills, interrupted, async ({ signal, look, print, onWarning }) => {
    const run = await mergeSkills({
      workspaceRoot: workspace.root,
      places: [...places].sort((a, b) => (a.skill < b.skill ? -1 : 1)),
      options: parseOptions(mergeOptions, rawOptions, task),
      env: process.env,
      defaultBase: workspace.defaultBase,
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
