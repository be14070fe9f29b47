import {
  type BranchToMerge,
  type CheckResult,
  type CombinationCheck,
  mergeBranches,
  type MergeReport,
  type MergeResult,
  RemoteError,
  type RemoteTrouble,
} from '@odoobo/git-flow';
import { claim } from '@odoobo/machine/claim';
import { execa } from 'execa';
import { join } from 'node:path';
import { traceMs } from '../records/deployment-recorder.js';
import { Recorder } from '../records/recorder.js';
import { runName } from '../records/run-name.js';
import { workspaceFolders } from '../records/workspace-folders.js';
import { describeError } from '../terminal/describe-error.js';
import { dropWorktrees } from '../worktree/worktree-skills.js';
import { announced, findCandidates, findInto, type Into } from './find-candidates.js';
import {
  type Candidate,
  type MergeRun,
  type RefusedMerge,
  shortCommit,
  type SkillMerge,
  type Verified,
} from './merge-run.js';
import { mergeMessage } from './message.js';
import { refusalOf, type Suffixes, suffixesOf } from './refusal.js';
import { addTemporaryWorkspace, type TemporaryWorkspace } from './temporary-workspace.js';
import { verifySkills } from './verify-skills.js';

export interface MergeRunResults {
  /** One result per skill. */
  results: SkillMerge[];
  into: Into;
  /** Undefined if nothing could be merged. */
  report?: MergeReport;
}

/**
 * Merges the branches of the skills of a run whose heads are live and pass their tests, together and with one push.
 * @throws if the branches cannot be read; the signal's reason if it is aborted
 */
export async function mergeSkills(run: MergeRun): Promise<MergeRunResults> {
  const into = await findInto(run);
  const { candidates, idle } = await findCandidates(run, into).catch((error: unknown) => {
    throw error instanceof RemoteError ? new Error(explained(error)) : error;
  });
  const verified = await verifyCandidates(candidates, run);
  const proven = verified.filter((one) => 'candidate' in one);
  const refused = verified.filter((one) => 'outcome' in one);
  const landed = await land(proven, run, into);
  const results = [...idle, ...refused, ...landed.results];
  await recordMerges(results, run, into);
  if (run.options.cleanup) await cleanUp(results, run);
  return { ...landed, results, into };
}

async function verifyCandidates(
  candidates: readonly Candidate[],
  run: MergeRun,
): Promise<(Verified | RefusedMerge)[]> {
  if (candidates.length === 0) return [];
  if (run.options.skipVerify) return candidates.map((candidate): Verified => ({ candidate }));
  try {
    return await verifySkills(candidates, run);
  } catch (error) {
    return refuseAll(candidates, error, run);
  }
}

async function land(
  verified: readonly Verified[],
  run: MergeRun,
  into: Into,
): Promise<{ results: SkillMerge[]; report?: MergeReport }> {
  if (verified.length === 0) return { results: [] };
  try {
    const report = await mergeInTurn(verified, run, into);
    const byBranch = new Map(report.results.map((result) => [result.branch, result]));
    const results = verified.flatMap((one) => {
      const result = byBranch.get(one.candidate.branch);
      return result ? [mergeOf(result, one, into, suffixesOf(run.options))] : [];
    });
    return { results, report };
  } catch (error) {
    const candidates = verified.map(({ candidate }) => candidate);
    return { results: refuseAll(candidates, error, run) };
  }
}

/** Allows one merge run at a time on this machine: concurrent runs only make each other start again. */
async function mergeInTurn(verified: readonly Verified[], run: MergeRun, into: Into): Promise<MergeReport> {
  const { workspaceRoot: directory, signal } = run;
  const held = await claim(join(workspaceFolders(directory).claims, 'merges.jsonl'), { signal });
  const tests = run.options.check ? combinationCheck(run) : undefined;
  try {
    run.onMerge(verified.length, announced(into));
    return await mergeBranches({
      directory,
      into: into.branch,
      remote: into.remote,
      branches: verified.map(toBranch),
      check: tests?.check,
      signal,
    });
  } finally {
    await tests?.remove();
    await held.release();
  }
}

function toBranch(verified: Verified): BranchToMerge {
  const { place, branch, head } = verified.candidate;
  return { skill: place.skill, branch, commit: head, message: mergeMessage(verified) };
}

/** Refuses all for a common problem, such as a platform or remote that cannot be reached. */
function refuseAll(candidates: readonly Candidate[], error: unknown, { signal }: MergeRun): RefusedMerge[] {
  signal.throwIfAborted();
  const reason = explained(error);
  return candidates.map(({ place, branch }) => ({ skill: place.skill, outcome: 'refused', branch, reason }));
}

/** Problems with the remote that do not affect a merge in this clone. */
const passed: readonly RemoteTrouble[] = [
  'no-write-access',
  'protected-branch',
  'checked-out',
  'not-logged-in',
  'unreachable',
];

function explained(error: unknown): string {
  const helps = error instanceof RemoteError && passed.includes(error.trouble);
  return `${describeError(error)}${helps ? ', or merge in this clone only: --no-push' : ''}`;
}

function mergeOf(
  result: MergeResult,
  { candidate, proof }: Verified,
  into: Into,
  suffixes: Suffixes,
): SkillMerge {
  const { skill, branch, commit: head } = result;
  switch (result.outcome) {
    case 'merged': {
      const { mergeCommit } = result;
      return { skill, outcome: 'merged', branch, head, mergeCommit, ...(proof && { proof }) };
    }
    case 'already-merged':
      return { skill, outcome: 'nothing', why: `${branch} is already merged` };
    default:
      return { skill, outcome: 'refused', branch, ...refusalOf(result, candidate, into, suffixes) };
  }
}

/** Removes the worktrees and branches of merged skills; a failed removal does not make the merge fail. */
async function cleanUp(results: readonly SkillMerge[], run: MergeRun): Promise<void> {
  const refused = results.filter(({ outcome }) => outcome === 'refused').map(({ skill }) => skill);
  const places = run.places.filter(({ skill }) => !refused.includes(skill));
  for (const { branch, path, action, error } of await dropWorktrees({
    ...run,
    places,
    baseFolder: undefined,
    onNotice: run.onWarning,
  })) {
    if (error !== undefined) run.onWarning(describeError(error));
    if (action === 'removed') run.onRemoved(branch, path);
  }
}

/** Records what was merged and what was refused. */
async function recordMerges(results: readonly SkillMerge[], run: MergeRun, into: Into): Promise<void> {
  const folders = workspaceFolders(run.workspaceRoot);
  const recorder = new Recorder(folders, runName(run.env, 'merge'), run.onWarning);
  for (const result of results) {
    const { skill } = result;
    if (result.outcome === 'merged') {
      const { branch, head, mergeCommit: commit, proof } = result;
      recorder.record({ type: 'merged', skill, branch, into: into.branch, commit, head, ...proof });
    }
    if (result.outcome === 'refused') {
      const { branch, reason, files } = result;
      recorder.record({ type: 'merge-refused', skill, branch, reason, ...(files && { files }) });
    }
  }
  await recorder.trace(traceMs);
  if (results.some(({ outcome }) => outcome === 'merged')) await recorder.anchor(into.remote);
  await recorder.close();
}

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
function combinationCheck(run: MergeRun): { check: CombinationCheck; remove(): Promise<void> } {
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
