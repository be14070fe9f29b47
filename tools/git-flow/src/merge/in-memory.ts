import { git, GitError, type GitOptions, gitOutput } from '@odoobo/machine/git';
import { mergeTrees } from './merge-trees.js';
import type { Merger } from './merger.js';
import type { BranchToMerge } from './result.js';
import type { UnmergedCommits } from './unmerged.js';

/** A commit and its tree. */
export interface Tip {
  commit: string;
  tree: string;
}

export type InMemoryMerge =
  | { outcome: 'merged'; tip: Tip }
  | { outcome: 'already-merged' }
  | { outcome: 'unrelated' }
  | { outcome: 'conflict'; files: string[] }
  | { outcome: 'failed'; why: string };

/** @throws {GitError} when there is no such commit */
export async function readTip(commit: string, options: GitOptions): Promise<Tip> {
  const [hash = '', tree = ''] = (
    await gitOutput(['rev-parse', `${commit}^{commit}`, `${commit}^{tree}`], options)
  ).split('\n');
  return { commit: hash, tree };
}

/**
 * Merges a commit into another as `git merge --no-ff` would, in the object store alone: no working tree, index or branch
 * is touched.
 * @param unmerged the commits of its history that `onto` does not have
 */
export async function mergeInMemory(
  onto: Tip,
  branch: BranchToMerge,
  unmerged: UnmergedCommits,
  merger: Merger,
): Promise<InMemoryMerge> {
  const { commit, message } = branch;
  if (!unmerged.has(commit)) return { outcome: 'already-merged' };
  if (unmerged.isUnrelated(commit)) return { outcome: 'unrelated' };
  const merged = await mergedTree(onto, branch, unmerged.mergeBase(commit), merger);
  if ('files' in merged) return { outcome: 'conflict', ...merged };
  if ('why' in merged) return { outcome: 'failed', ...merged };
  const created = await merger.write({ tree: merged.tree, parents: [onto.commit, commit], message });
  unmerged.markMerged(commit);
  return { outcome: 'merged', tip: { commit: created, tree: merged.tree } };
}

type MergedTree = { tree: string } | { files: string[] } | { why: string };

/** By the running processes if both sides have changed different paths; otherwise by one more git process. */
async function mergedTree(
  onto: Tip,
  branch: BranchToMerge,
  base: string | undefined,
  merger: Merger,
): Promise<MergedTree> {
  if (base === undefined) return mergeByGit(onto, branch, merger);
  const sides = { base: `${base}^{tree}`, ours: onto.tree, theirs: `${branch.commit}^{tree}` };
  const tree = await mergeTrees(sides, merger.trees);
  return tree === undefined ? mergeByGit(onto, branch, merger) : { tree };
}

/**
 * https://git-scm.com/docs/git-merge-tree: exit code 0 is a clean merge, 1 a merge with conflicts, others an error of this branch,
 * such as a missing object or a failing merge driver.
 */
async function mergeByGit(onto: Tip, { commit }: BranchToMerge, options: GitOptions): Promise<MergedTree> {
  const args = ['merge-tree', '--write-tree', '--name-only', '--no-messages', '-z', onto.commit, commit];
  const { exitCode, stdout, stderr } = await git(args, options);
  const [tree = '', ...files] = stdout.split('\0').filter(Boolean);
  if (exitCode === 0) return { tree };
  return exitCode === 1 ? { files } : { why: stderr || stdout };
}

/** @throws {GitError} when one of them does not exist */
export async function isAncestor(older: string, newer: string, options: GitOptions): Promise<boolean> {
  const { exitCode, stderr } = await git(['merge-base', '--is-ancestor', older, newer], options);
  if (exitCode > 1) throw new GitError(`Could not compare ${older} with ${newer}: ${stderr}`);
  return exitCode === 0;
}
