import { git, GitError, gitOutput, type GitOptions } from '../git.js';
import type { BranchToMerge } from './result.js';

/** A commit, and the tree of it. */
export interface Tip {
  commit: string;
  tree: string;
}

export type InMemoryMerge =
  { outcome: 'merged'; tip: Tip } | { outcome: 'already-merged' } | { outcome: 'conflict'; files: string[] };

export interface Merger extends GitOptions {
  /** As `commit.gpgSign` asks for. */
  sign: boolean;
}

/**
 * Gets ready to merge: finds out everything that would stop the first merge.
 *
 * @throws when git does not know who merges, or the history of this clone is cut off
 */
export async function prepareMerger(options: GitOptions): Promise<Merger> {
  for (const who of ['GIT_AUTHOR_IDENT', 'GIT_COMMITTER_IDENT']) {
    const { exitCode, stderr } = await git(['var', who], options);
    if (exitCode === 0) continue;
    throw new Error(
      'Git does not know who merges. Tell it: git config user.name "<your name>" && git config user.email "<your address>"',
      { cause: new GitError(stderr) },
    );
  }
  if ((await gitOutput(['rev-parse', '--is-shallow-repository'], options)) === 'true') {
    throw new Error(
      'This clone is shallow, so there is not enough history to merge by. Run: git fetch --unshallow',
    );
  }
  const sign = await git(['config', '--type=bool', '--get', 'commit.gpgSign'], options);
  return { ...options, sign: sign.stdout === 'true' };
}

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
 */
export async function mergeInMemory(
  onto: Tip,
  { commit, message, branch }: BranchToMerge,
  merger: Merger,
): Promise<InMemoryMerge> {
  const merged = await mergeTrees(onto.commit, commit, branch, merger);
  if ('files' in merged) return { outcome: 'conflict', ...merged };
  // What brings nothing new is often there already; to ask that of each would cost a third as much again.
  if (merged.tree === onto.tree && (await isAncestor(commit, onto.commit, merger)))
    return { outcome: 'already-merged' };
  const parents = ['-p', onto.commit, '-p', commit];
  // commit-tree does not look at commit.gpgSign itself.
  const signing = merger.sign ? ['-S'] : [];
  const created = await gitOutput(
    ['commit-tree', ...signing, ...parents, '-m', message, merged.tree],
    merger,
  );
  return { outcome: 'merged', tip: { commit: created, tree: merged.tree } };
}

/** https://git-scm.com/docs/git-merge-tree: exit code 0 is a clean merge, 1 one with conflicts, all else an error. */
async function mergeTrees(
  ours: string,
  theirs: string,
  branch: string,
  options: GitOptions,
): Promise<{ tree: string } | { files: string[] }> {
  const args = ['merge-tree', '--write-tree', '--name-only', '--no-messages', '-z', ours, theirs];
  const { exitCode, stdout, stderr } = await git(args, options);
  const [tree = '', ...files] = stdout.split('\0').filter(Boolean);
  if (exitCode === 0) return { tree };
  if (exitCode === 1) return { files };
  throw new GitError(
    `Could not merge ${branch} (${theirs}). It takes git 2.38 or newer. Git said: ${stderr || stdout}`,
  );
}

/** @throws {GitError} when one of them is not there */
export async function isAncestor(older: string, newer: string, options: GitOptions): Promise<boolean> {
  const { exitCode, stderr } = await git(['merge-base', '--is-ancestor', older, newer], options);
  if (exitCode > 1) throw new GitError(`Could not compare ${older} with ${newer}: ${stderr}`);
  return exitCode === 0;
}
