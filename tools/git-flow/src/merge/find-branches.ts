import { readBranches, type BranchHead } from './branches.js';
import { isAncestor } from './in-memory.js';
import type { MergeBranchesOptions } from './merge-branches.js';
import { targetOf } from './target.js';

export interface FoundBranch extends BranchHead {
  /** Whether all of it is in the branch that it would be merged into. */
  merged: boolean;
}

export interface FindBranchesOptions extends Omit<MergeBranchesOptions, 'branches' | 'check'> {
  branches: readonly string[];
}

/**
 * The local branches among some names, and whether there is anything to merge of them, by what the remote has now.
 *
 * @throws when the remote cannot be asked
 */
export async function findBranches(options: FindBranchesOptions): Promise<Map<string, FoundBranch>> {
  const git = { cwd: options.directory, signal: options.signal };
  const heads = await readBranches(options.branches, git);
  if (heads.size === 0) return new Map();
  const { commit: into } = await targetOf(options, git).read();
  const found = new Map<string, FoundBranch>();
  for (const [branch, head] of heads)
    found.set(branch, { ...head, merged: await isAncestor(head.commit, into, git) });
  return found;
}
