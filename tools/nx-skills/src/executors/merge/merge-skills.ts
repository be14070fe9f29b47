import {
  findBranches,
  findDefaultBranch,
  mergeBranches,
  remoteUrl,
  type BranchToMerge,
  type MergeReport,
  type MergeResult,
} from '@odoobo/git-flow';
import { claim } from '@odoobo/local-platform/client';
import { join } from 'node:path';
import { workspaceFolders } from '../../environment/workspace-folders.js';
import { describeError } from '../../terminal/describe-error.js';
import { suffixOf } from '../live-skills.js';
import type { SkillPlace } from '../skill-root.js';
import { dropWorktrees } from '../worktree/worktree-skills.js';
import type { Candidate, SkillMerge, Verified } from './candidate.js';
import { combinationCheck } from './check-combination.js';
import { mergeMessage } from './message.js';
import type { MergeOptions } from './options.js';
import { recordMerges } from './record-merges.js';
import { refusalOf } from './refusal.js';
import { verifySkills } from './verify-skills.js';

export interface MergeRun {
  workspaceRoot: string;
  places: readonly SkillPlace[];
  options: MergeOptions;
  environment: NodeJS.ProcessEnv;
  /** What Nx takes for the default branch; what the remote says goes before. */
  defaultBase: string;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  onVerify: (branches: number, label: string) => void;
  onMerge: (branches: number, into: string) => void;
  /** Told of each run of tests on merges. */
  onCheck: (merges: string) => void;
  /** Told of each branch and worktree that is cleaned up. */
  onRemoved: (branch: string, worktree: string) => void;
  onWarning: (message: string) => void;
}

export interface MergeRunResults {
  results: SkillMerge[];
  /** What everything was merged into; where there is a remote, its branch. */
  into: Into;
  /** None where nothing was tried. */
  report?: MergeReport;
}

export interface Into {
  branch: string;
  remote?: string;
}

const remote = 'origin';

/**
 * Lands the branches of the skills of a run: those whose head is live and passes its tests, together and in one push.
 *
 * @throws when nothing can land at all; the signal's reason when it is aborted
 */
export async function mergeSkills(run: MergeRun): Promise<MergeRunResults> {
  const into = await findInto(run);
  const { candidates, idle } = await findCandidates(run, into);
  const verified = await verifyCandidates(candidates, run);
  const proven = verified.filter((one) => 'candidate' in one);
  const refused = verified.filter((one) => 'outcome' in one);
  const report = proven.length > 0 ? await land(proven, run, into) : undefined;
  const merges = report?.results.map((result) => mergeOf(result, proven, into, suffixOf(run.options))) ?? [];
  const results = [...idle, ...refused, ...merges];
  recordMerges(results, run, into);
  if (run.options.cleanup) await cleanUp(results, run);
  return { results, into, ...(report && { report }) };
}

async function findInto({ workspaceRoot: cwd, defaultBase, signal }: MergeRun): Promise<Into> {
  const { name: branch } = await findDefaultBranch(defaultBase, { cwd, signal });
  const url = await remoteUrl(remote, { cwd, signal });
  return { branch, ...(url !== undefined && { remote }) };
}

/** Skills with something to merge, and those without. */
async function findCandidates(
  { places, workspaceRoot: directory, signal }: MergeRun,
  into: Into,
): Promise<{ candidates: Candidate[]; idle: SkillMerge[] }> {
  const branches = places.map(({ skill }) => branchOf(skill));
  const found = await findBranches({ directory, into: into.branch, remote: into.remote, branches, signal });
  const candidates: Candidate[] = [];
  const idle: SkillMerge[] = [];
  for (const place of places) {
    const branch = branchOf(place.skill);
    const head = found.get(branch);
    if (head && !head.merged)
      candidates.push({
        place,
        branch,
        head: head.commit,
        ...(head.worktree && { worktree: head.worktree }),
      });
    else {
      const why = head ? `${branch} is merged already` : `there is no branch ${branch}`;
      idle.push({ skill: place.skill, outcome: 'nothing', why });
    }
  }
  return { candidates, idle };
}

function branchOf(skill: string): string {
  return `skill/${skill}`;
}

async function verifyCandidates(candidates: readonly Candidate[], run: MergeRun) {
  if (candidates.length === 0) return [];
  if (run.options.skipVerify) return candidates.map((candidate): Verified => ({ candidate }));
  return verifySkills(candidates, run);
}

/** One merge run at a time on this machine: those that race only make each other start again. */
async function land(verified: readonly Verified[], run: MergeRun, into: Into): Promise<MergeReport> {
  const { workspaceRoot: directory, signal } = run;
  const held = await claim(join(workspaceFolders(directory).claims, 'merges.jsonl'), { signal });
  const check = run.options.check ? combinationCheck(run) : undefined;
  try {
    run.onMerge(verified.length, nameOf(into));
    return await mergeBranches({
      directory,
      into: into.branch,
      remote: into.remote,
      branches: verified.map(toBranch),
      check: check?.check,
      signal,
    });
  } finally {
    await check?.remove();
    await held.release();
  }
}

function toBranch(verified: Verified): BranchToMerge {
  const { place, branch, head } = verified.candidate;
  return { skill: place.skill, branch, commit: head, message: mergeMessage(verified) };
}

function mergeOf(result: MergeResult, verified: readonly Verified[], into: Into, suffix: string): SkillMerge {
  const { skill, branch, commit: head } = result;
  if (result.outcome === 'already-merged')
    return { skill, outcome: 'nothing', why: `${branch} is merged already` };
  const one = verified.find(({ candidate }) => candidate.branch === branch);
  if (result.outcome !== 'merged')
    return {
      skill,
      outcome: 'refused',
      branch,
      ...refusalOf(result, one?.candidate ?? { branch }, into, suffix),
    };
  const { mergeCommit } = result;
  return { skill, outcome: 'merged', branch, head, mergeCommit, ...(one?.proof && { proof: one.proof }) };
}

/** Removes the worktrees and branches of what is merged; what cannot be removed is no reason to call a merge failed. */
async function cleanUp(results: readonly SkillMerge[], run: MergeRun): Promise<void> {
  const skills = results.flatMap(({ skill, outcome }) => (outcome === 'refused' ? [] : [skill]));
  for (const { branch, path, action, error } of await dropWorktrees({
    ...run,
    skills,
    baseFolder: undefined,
  })) {
    if (error !== undefined) run.onWarning(describeError(error));
    if (action === 'removed') run.onRemoved(branch, path);
  }
}

/** `main of origin` */
export function nameOf({ branch, remote }: Into): string {
  return remote ? `${branch} of ${remote}` : branch;
}
