import { git, GitError, gitOutput, type GitOptions } from '../git.js';
import { CommitWriter, type NewCommit } from './commit-writer.js';
import type { BranchToMerge } from './result.js';

/** A commit, and the tree of it. */
export interface Tip {
  commit: string;
  tree: string;
}

export type InMemoryMerge =
  { outcome: 'merged'; tip: Tip } | { outcome: 'already-merged' } | { outcome: 'conflict'; files: string[] };

export interface Merger extends GitOptions {
  /** @returns the hash of the new commit */
  write(commit: NewCommit): Promise<string>;
  /** To be called when nothing more is to be written. Safe to repeat. */
  close(): Promise<void>;
}

/**
 * Gets ready to merge: finds out everything that would stop the first merge.
 *
 * @throws when git does not know who merges, or the history of this clone is cut off
 */
export async function prepareMerger(options: GitOptions): Promise<Merger> {
  const author = await identity('GIT_AUTHOR_IDENT', options);
  const committer = await identity('GIT_COMMITTER_IDENT', options);
  if ((await gitOutput(['rev-parse', '--is-shallow-repository'], options)) === 'true') {
    throw new Error(
      'This clone is shallow, so there is not enough history to merge by. Run: git fetch --unshallow',
    );
  }
  const sign = await git(['config', '--type=bool', '--get', 'commit.gpgSign'], options);
  if (sign.stdout === 'true')
    return { ...options, write: (commit) => writeSigned(commit, options), close: async () => {} };
  const writer = await CommitWriter.open({ ...options, author, committer });
  return { ...options, write: (commit) => writer.write(commit), close: () => writer.close() };
}

async function identity(variable: string, options: GitOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await git(['var', variable], options);
  if (exitCode === 0) return stdout;
  throw new Error(
    'Git does not know who merges. Tell it: git config user.name "<your name>" && git config user.email "<your address>"',
    { cause: new GitError(stderr) },
  );
}

/** commit-tree does not look at commit.gpgSign itself. */
function writeSigned({ tree, parents, message }: NewCommit, options: GitOptions): Promise<string> {
  const from = parents.flatMap((parent) => ['-p', parent]);
  return gitOutput(['commit-tree', '-S', ...from, '-m', message, tree], options);
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
  const created = await merger.write({ tree: merged.tree, parents: [onto.commit, commit], message });
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
