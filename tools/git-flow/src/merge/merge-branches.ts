import { setTimeout as delay } from 'node:timers/promises';
import { readBranches } from './branches.js';
import { type Combination, type CombinationCheck, combine, combinePassing } from './combine.js';
import type { Tip } from './in-memory.js';
import { type Merger, prepareMerger } from './merger.js';
import type { BranchToMerge, MergeReport, MergeResult } from './result.js';
import { type MergeTarget, targetOf } from './target.js';

export interface MergeBranchesOptions {
  /** Any folder in a working tree of the repository. */
  directory: string;
  /** Branch to merge into, such as `main`. */
  into: string;
  /** Name of the remote whose branch that is; if absent, it is the branch of this repository. */
  remote?: string | undefined;
  branches: readonly BranchToMerge[];
  /** Branches that do not pass are not landed. */
  check?: CombinationCheck | undefined;
  signal?: AbortSignal | undefined;
}

/** Enough for twenty other processes that push at the same moment and are each faster once. */
const mostAttempts = 30;
const firstWaitMs = 200;
const longestWaitMs = 2_000;
/** Milliseconds after which no new attempt starts. */
const retryMs = 600_000;

/**
 * Lands branches, each in its own merge commit on top of the last, all in one push. Nothing is forced, and no working
 * tree is changed except a clean one of the target branch. When another push lands first, everything is merged again on top of
 * it. A branch that cannot land does not stop the others.
 *
 * On one machine, call it while holding a claim: taking turns is faster than racing.
 * @throws when no branch can land, and then none has; the signal's reason when it is aborted
 */
export async function mergeBranches(options: MergeBranchesOptions): Promise<MergeReport> {
  const { directory: cwd, signal } = options;
  const merger = await prepareMerger({ cwd, signal });
  try {
    return await landAll(options, merger);
  } finally {
    await merger.close();
  }
}

async function landAll(options: MergeBranchesOptions, merger: Merger): Promise<MergeReport> {
  const { signal } = options;
  const target = targetOf(options, merger);
  const giveUpAt = Date.now() + retryMs;
  for (let attempts = 1; ; attempts += 1) {
    const base = await target.read();
    const { tip, results } = await prepare(base, options, merger);
    if (tip.commit === base.commit) return { results, head: base.commit, attempts };
    const landing = await target.land(base.commit, tip.commit);
    if (landing.landed) return { results, head: tip.commit, attempts, local: landing.local };
    if (attempts >= mostAttempts || Date.now() > giveUpAt) throw gaveUp(target, attempts, landing.lost);
    await delay(waitMs(attempts), undefined, signal && { signal });
  }
}

/** Leaves out branches that have moved since they were verified, and merges the others. */
async function prepare(
  base: Tip,
  { branches, check }: MergeBranchesOptions,
  merger: Merger,
): Promise<Combination> {
  const heads = await readBranches(
    branches.map(({ branch }) => branch),
    merger,
  );
  const isStill = ({ branch, commit }: BranchToMerge) => heads.get(branch)?.commit === commit;
  const still = branches.filter(isStill);
  const moved = branches
    .filter((branch) => !isStill(branch))
    .map(({ skill, branch, commit }): MergeResult => {
      const now = heads.get(branch)?.commit;
      return { skill, branch, commit, outcome: 'moved', ...(now && { now }) };
    });
  const { tip, results } = check
    ? await combinePassing(base, still, merger, check)
    : await combine(base, still, merger);
  const bySkill = new Map([...results, ...moved].map((result) => [result.branch, result]));
  return { tip, results: branches.flatMap(({ branch }) => bySkill.get(branch) ?? []) };
}

/** A random time with an upper bound that doubles: processes that lost together do not retry together. */
function waitMs(attempt: number): number {
  return Math.random() * Math.min(longestWaitMs, firstWaitMs * 2 ** attempt);
}

function gaveUp({ name }: MergeTarget, attempts: number, lost: string): Error {
  return new Error(
    `Another push to ${name} came first ${attempts} times, so nothing was merged. Merge again later. Git said: ${lost}`,
  );
}
