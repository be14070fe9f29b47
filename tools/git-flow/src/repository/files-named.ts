import { git, type GitOptions, gitOutput } from '@odoobo/machine/git';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { listWorktrees } from '../worktrees/worktree-list.js';

/** A file of a working tree. */
export interface FoundFile {
  /** Relative to the root of the repository. */
  path: string;
  text: string;
}

/** How many files are read at once. */
const atOnce = 32;

/**
 * The files of some names, committed or not, in all working trees of a repository; also those that a sparse checkout
 * leaves out.
 * @throws {GitError} where there is no repository
 */
export async function filesNamed(names: readonly string[], options: GitOptions): Promise<FoundFile[]> {
  const worktrees = await listWorktrees(options);
  const there = worktrees.filter(({ path }) => existsSync(path));
  const found = await Promise.all(there.map(({ path }) => filesIn(path, names, options)));
  return found.flat();
}

async function filesIn(
  worktree: string,
  names: readonly string[],
  options: GitOptions,
): Promise<FoundFile[]> {
  const flags = ['-t', '-z', '--cached', '--others', '--exclude-standard'];
  const patterns = names.map((name) => `:(glob)**/${name}`);
  const git = { ...options, cwd: worktree };
  const listed = await gitOutput(['ls-files', ...flags, '--', ...patterns], git);
  const limit = pLimit(atOnce);
  const files = listed.split('\0').map((entry) =>
    limit(async (): Promise<FoundFile[]> => {
      const [tag, path] = [entry.slice(0, 1), entry.slice(2)];
      if (path === '') return [];
      const file = join(worktree, path);
      // Other files of the index than those that a sparse checkout leaves out may be deleted in the working tree.
      if (existsSync(file)) return [{ path, text: await readFile(file, 'utf8') }];
      return tag === sparse ? [{ path, text: await gitOutput(['show', `:${path}`], git) }] : [];
    }),
  );
  return (await Promise.all(files)).flat();
}

/** https://git-scm.com/docs/git-ls-files: the tag of a file that is not in the working tree on purpose. */
const sparse = 'S';

export interface FolderOrigin extends GitOptions {
  /** Name of a folder. */
  folder: string;
  /** Name of a file in it. */
  file: string;
  /** A commit that such a folder was seen at. */
  commit?: string | undefined;
}

/**
 * Whether the history of HEAD has ever had such a folder, or has the commit that it was seen at. If neither, the folder belongs
 * to another branch.
 * @throws {GitError} when git does not answer
 */
export async function wasEverHere({ folder, file, commit, ...options }: FolderOrigin): Promise<boolean> {
  const paths = `:(glob)**/${folder}/${file}`;
  const last = await git(['log', '-1', '--format=%H', 'HEAD', '--', paths], options);
  if (last.exitCode === 0 && last.stdout !== '') return true;
  return commit !== undefined && (await isInHistory(commit, options));
}

/**
 * Whether a commit is in the history of HEAD.
 * @param commit by its hash only: it may come from others, and git would interpret a name or an option
 */
export async function isInHistory(commit: string, options: GitOptions): Promise<boolean> {
  if (!/^[0-9a-f]{40,64}$/.test(commit)) return false;
  return (await git(['merge-base', '--is-ancestor', commit, 'HEAD'], options)).exitCode === 0;
}
