import { git, type GitOptions, gitOutput } from '@odoobo/machine/git';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { listWorktrees } from '../worktrees/worktree-list.js';

/**
 * The names of the folders that hold a file of some name, committed or not, in all working trees of a repository; also those
 * that a sparse checkout leaves out.
 * @throws {GitError} where there is no repository
 */
export async function foldersWith(file: string, options: GitOptions): Promise<ReadonlySet<string>> {
  const worktrees = await listWorktrees(options);
  const there = worktrees.filter(({ path }) => existsSync(path));
  const found = await Promise.all(there.map(({ path }) => foldersIn(path, file, options)));
  return new Set(found.flat());
}

async function foldersIn(worktree: string, file: string, options: GitOptions): Promise<string[]> {
  const flags = ['-t', '-z', '--cached', '--others', '--exclude-standard'];
  const listed = await gitOutput(['ls-files', ...flags, '--', `:(glob)**/${file}`], {
    ...options,
    cwd: worktree,
  });
  return listed.split('\0').flatMap((entry) => {
    const [tag, path] = [entry.slice(0, 1), entry.slice(2)];
    // S: a sparse checkout leaves it out. Other files of the index may be deleted in the working tree.
    const isThere = path !== '' && (tag === 'S' || existsSync(join(worktree, path)));
    return isThere ? [basename(dirname(path))] : [];
  });
}

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
  // Looked up by its hash only: it may come from others, and git would interpret a name or an option.
  if (commit === undefined || !/^[0-9a-f]{40,64}$/.test(commit)) return false;
  return (await git(['merge-base', '--is-ancestor', commit, 'HEAD'], options)).exitCode === 0;
}
