import type { ExecutorContext } from '@nx/devkit';
import type { RunEnd, SkillOutcome } from '../batch.js';
import { parseOptions } from '../options.js';
import { placeOf } from '../skill-root.js';
import { tellRun } from '../told-run.js';
import { shortCommit, type SkillMerge } from './candidate.js';
import { mergeSkills } from './merge-skills.js';
import { mergeTable } from './merge-table.js';
import { mergeOptions } from './options.js';

/** Merges skills and shows it. Does not return from an interrupted run. */
export function runMerge(
  skills: readonly string[],
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<RunEnd> {
  const interrupted = 'What has landed is left alone when you merge again.';
  return tellRun(skills, interrupted, async ({ signal, look, print, onWarning }) => {
    const run = await mergeSkills({
      workspaceRoot: context.root,
      places: [...skills].sort().map((skill) => placeOf(context, skill)),
      options: parseOptions(mergeOptions, rawOptions, `${skills[0] ?? ''}:merge`),
      environment: process.env,
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
  const told = [
    reason,
    ...files.map((file) => `    ${file}`),
    ...(advice.length > 0 ? ['  To go on:'] : []),
    ...advice.map((line) => `    ${line}`),
  ];
  return { success: false, output: `${skill} was not merged: ${told.join('\n')}\n` };
}
