import type { CheckResult, CombinationCheck } from '@odoobo/git-flow';
import { execa } from 'execa';
import { join } from 'node:path';
import { type MergeRun, shortCommit } from './merge-run.js';
import { addTemporaryWorkspace, type TemporaryWorkspace } from './temporary-workspace.js';

/** The longest time for the tests of a combination, in milliseconds. */
const testsMs = 3_600_000;
/** From SIGTERM, when Nx ends its tasks, to SIGKILL. */
const graceMs = 5_000;
/** How many lines of a failed run's output are shown. */
const shownLines = 25;

/**
 * Runs the tests of the projects that merges affect, on the result of the merges: in a separate checkout with its own
 * cache, so that neither untracked files nor cached results matter.
 */
export function combinationCheck(run: MergeRun): { check: CombinationCheck; remove(): Promise<void> } {
  let workspace: TemporaryWorkspace | undefined;
  return {
    async check({ base, head }) {
      run.onCheck(`${shortCommit(base)}..${shortCommit(head)}`);
      workspace ??= await addTemporaryWorkspace(head, run);
      await workspace.checkOut(head);
      return runTests(workspace.root, { base, head }, run);
    },
    remove: async () => workspace?.remove(),
  };
}

async function runTests(
  cwd: string,
  { base, head }: { base: string; head: string },
  { env, signal }: MergeRun,
): Promise<CheckResult> {
  const args = ['affected', '-t', 'test', `--base=${base}`, `--head=${head}`, '--outputStyle=static'];
  const result = await execa(join(cwd, 'node_modules/.bin/nx'), args, {
    cwd,
    env: { ...withoutNx(env), NX_DAEMON: 'false', NX_TUI: 'false' },
    extendEnv: false,
    reject: false,
    all: true,
    stdin: 'ignore',
    cancelSignal: signal,
    timeout: testsMs,
    forceKillAfterDelay: graceMs,
  });
  signal.throwIfAborted();
  if (result.exitCode === 0) return { passed: true };
  if (result.exitCode === undefined)
    throw new Error(`The tests of the merges did not finish: ${result.shortMessage}`, {
      cause: result,
    });
  return { passed: false, output: result.all.trimEnd().split('\n').slice(-shownLines).join('\n') };
}

/** Variables of the surrounding Nx run do not apply to the other checkout. */
function withoutNx(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(NX_|FORCE_COLOR$)/.test(name)));
}
