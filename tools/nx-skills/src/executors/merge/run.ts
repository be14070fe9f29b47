import type { ExecutorContext } from '@nx/devkit';
import { describeError } from '../../terminal/describe-error.js';
import { TaskOutput } from '../../terminal/task-output.js';
import { terminalKind } from '../../terminal/style.js';
import type { RunEnd, SkillOutcome } from '../batch.js';
import { parseOptions } from '../options.js';
import { abortOnSignal, endInterrupted } from '../shown-run.js';
import { placeOf } from '../skill-root.js';
import { shortCommit, type SkillMerge } from './candidate.js';
import { mergeSkills } from './merge-skills.js';
import { mergeTable } from './merge-table.js';
import { mergeOptions } from './options.js';

/** Merges skills and shows it. Does not return from an interrupted run. */
export async function runMerge(
  skills: readonly string[],
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<RunEnd> {
  const { style } = terminalKind(process.env);
  const output = new TaskOutput();
  const print = (line: string) => output.write(`  ${line}\n`);
  const { signal, done } = abortOnSignal(() => {
    output.bypassNx();
    print('Interrupted. What has landed is left alone when you merge again.');
  });
  try {
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
      onWarning: (message) => print(`${style.yellow('!')} ${message}`),
    });
    return {
      outcomes: new Map(run.results.map((result) => [result.skill, toOutcome(result)])),
      close: () => output.write(mergeTable(run, style)),
    };
  } catch (error) {
    if (signal.aborted) endInterrupted(() => {});
    const outcome = { success: false, output: `${describeError(error)}\n` };
    return { outcomes: new Map(skills.map((skill) => [skill, outcome])), close: () => {} };
  } finally {
    done();
  }
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
