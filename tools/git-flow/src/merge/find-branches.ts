import { type GitOptions, gitOutput } from '@odoobo/machine/git';
import { type BranchHead, readBranches } from './branches.js';
import { isAncestor } from './in-memory.js';
import type { MergeBranchesOptions } from './merge-branches.js';
import { targetOf } from './target.js';

export interface FoundBranch extends BranchHead {
  /** Whether all its commits are in the branch that it would be merged into. */
  merged: boolean;
  /** Whether it is merged into the local branch by a commit that the remote's branch lacks. */
  mergedHere: boolean;
}

export interface FindBranchesOptions extends Omit<MergeBranchesOptions, 'branches' | 'check'> {
  branches: readonly string[];
}

/**
 * The local branches among some names, and whether they have anything to merge, compared with what the remote has now.
 * @throws when the remote cannot be asked
 */
export async function findBranches(options: FindBranchesOptions): Promise<Map<string, FoundBranch>> {
  const git = { cwd: options.directory, signal: options.signal };
  const heads = await readBranches(options.branches, git);
  if (heads.size === 0) return new Map();
  const { commit: into } = await targetOf(options, git).read();
  const here = options.remote ? await mergedHere(options.into, into, git) : new Set<string>();
  const found = new Map<string, FoundBranch>();
  for (const [branch, head] of heads)
    found.set(branch, {
      ...head,
      merged: await isAncestor(head.commit, into, git),
      mergedHere: here.has(head.commit),
    });
  return found;
}

/** The commits that were merged into a local branch by merges that its remote lacks. */
async function mergedHere(branch: string, there: string, options: GitOptions): Promise<Set<string>> {
  const ref = `refs/heads/${branch}`;
  if (!(await readBranches([branch], options)).has(branch)) return new Set();
  const lines = await gitOutput(['rev-list', '--merges', '--parents', ref, `^${there}`], options);
  return new Set(lines.split('\n').flatMap((line) => line.split(' ').slice(2)));
}
