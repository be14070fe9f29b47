import { git, type GitOptions, gitOutput } from '@odoobo/machine/git';
import { createHash } from 'node:crypto';
import { mkdir, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ifMissing } from './administration.js';
import type { WorktreeRequest } from './worktree.js';

/*
 * A worktree is created in another folder and moved to its place when it is complete: a run that is killed meanwhile leaves
 * nothing that looks usable, or could be mistaken for a person's work.
 */

/** The folder in which the worktrees of a repository are created; on the same file system as their places. */
export function unfinishedFolder(base: string, common: string): string {
  const repository = createHash('sha256').update(common).digest('hex').slice(0, 12);
  return join(base, `.unfinished-${repository}`);
}

/** Registers the worktree with git, without files. One at a time: git loses some of several at once. */
export async function register(
  { path, folders }: WorktreeRequest,
  commit: string,
  common: string,
  options: GitOptions,
): Promise<string> {
  const aside = join(unfinishedFolder(dirname(path), common), basename(path));
  await mkdir(dirname(aside), { recursive: true });
  await gitOutput(['worktree', 'add', '--quiet', '--detach', '--no-checkout', aside, commit], options);
  if (folders) {
    const input = folders.map((folder) => `${folder}\n`).join('');
    const args = ['sparse-checkout', 'set', '--cone', '--sparse-index', '--stdin'];
    await gitOutput(args, { ...options, cwd: aside, input });
  }
  return aside;
}

/** Milliseconds that the files of a worktree may take: repositories can be large, and disks slow. */
const checkoutMs = 600_000;

/** Writes the files. Several can run at the same time. */
export async function checkOut(aside: string, options: GitOptions): Promise<void> {
  const args = ['reset', '--hard', '--quiet', '--no-recurse-submodules'];
  await gitOutput(args, { ...options, cwd: aside, timeoutMs: checkoutMs });
}

/** Checks out the worktree's branch and moves it to its place. One at a time. */
export async function place(
  aside: string,
  { branch, path }: WorktreeRequest,
  options: GitOptions,
): Promise<void> {
  const head = ['symbolic-ref', '-m', `worktree: ${branch}`, 'HEAD', `refs/heads/${branch}`];
  await gitOutput(head, { ...options, cwd: aside });
  // Git would move it into an existing folder; this deletes an empty one only.
  await rmdir(path).catch(ifMissing(undefined));
  await gitOutput(['worktree', 'move', aside, path], options);
}

/** Creates a branch at a commit; if `old` says that it exists, makes sure that it was not moved. */
export async function holdBranch(
  branch: string,
  commit: string,
  old: string | undefined,
  options: GitOptions,
): Promise<void> {
  const args = ['update-ref', '--create-reflog', '-m', 'branch: Created by worktree'];
  const { exitCode, stderr } = await git(
    [...args, `refs/heads/${branch}`, commit, old ?? '0'.repeat(commit.length)],
    options,
  );
  if (exitCode === 0) return;
  throw new Error(`${branch} could not be created, or was moved meanwhile. Git said: ${stderr}`);
}

/** Deletes a branch, unless it was moved from this commit. */
export async function deleteBranch(branch: string, commit: string, options: GitOptions): Promise<boolean> {
  const { exitCode } = await git(['update-ref', '-d', `refs/heads/${branch}`, commit], options);
  return exitCode === 0;
}
