import { mergeInMemory, type Tip } from './in-memory.js';
import type { Merger } from './merger.js';
import type { BranchToMerge, MergeResult } from './result.js';
import { UnmergedCommits } from './unmerged.js';

/** Decides whether everything merged up to a commit may land together, and if not, why. */
export type CombinationCheck = (range: { base: string; head: string }) => Promise<CheckResult>;

export type CheckResult = { passed: true } | { passed: false; output: string };

/** Branches merged one on top of another, on a base. */
export interface Combination {
  tip: Tip;
  results: MergeResult[];
}

/** Merges branches one after another, each on top of the last; a branch with a conflict is left out. */
export async function combine(
  base: Tip,
  branches: readonly BranchToMerge[],
  merger: Merger,
): Promise<Combination> {
  const combination: Combination = { tip: base, results: [] };
  const heads = branches.map(({ commit }) => commit);
  const unmerged = await UnmergedCommits.read(base.commit, heads, merger);
  for (const branch of branches) {
    const merge = await mergeInMemory(combination.tip, branch, unmerged, merger);
    const about = aboutOf(branch);
    if (merge.outcome === 'merged') {
      combination.tip = merge.tip;
      combination.results.push({ ...about, outcome: 'merged', mergeCommit: merge.tip.commit });
    } else combination.results.push({ ...about, ...merge });
  }
  return combination;
}

/** The same, without the branches that keep the rest from passing the check. */
export async function combinePassing(
  base: Tip,
  branches: readonly BranchToMerge[],
  merger: Merger,
  check: CombinationCheck,
): Promise<Combination> {
  const failed: MergeResult[] = [];
  for (;;) {
    const names = new Set(failed.map(({ branch }) => branch));
    const rest = branches.filter(({ branch }) => !names.has(branch));
    const { tip, results } = await combine(base, rest, merger);
    const culprit = await findCulprit(base, results, check);
    if (!culprit) return { tip, results: [...results, ...failed] };
    failed.push(culprit);
  }
}

/**
 * The first branch with which the check fails, found by bisection; undefined when all pass together. The base alone is assumed to
 * pass: the check is about what the branches change.
 */
async function findCulprit(
  base: Tip,
  results: readonly MergeResult[],
  check: CombinationCheck,
): Promise<MergeResult | undefined> {
  const merged = results.filter((result) => result.outcome === 'merged');
  const checkAt = (index: number) =>
    check({ base: base.commit, head: merged[index]?.mergeCommit ?? base.commit });
  let passes = -1;
  let fails = merged.length - 1;
  let last = merged.length === 0 ? undefined : await checkAt(fails);
  if (!last || last.passed) return undefined;
  let { output } = last;
  while (fails - passes > 1) {
    const middle = Math.floor((passes + fails) / 2);
    last = await checkAt(middle);
    if (last.passed) passes = middle;
    else [fails, output] = [middle, last.output];
  }
  const culprit = merged[fails];
  return culprit && { ...aboutOf(culprit), outcome: 'check-failed', output };
}

function aboutOf({ skill, branch, commit }: MergeResult | BranchToMerge) {
  return { skill, branch, commit };
}
