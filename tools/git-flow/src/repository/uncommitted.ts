import { type GitOptions, gitOutput } from '@odoobo/machine/git';

export interface UncommittedOptions extends GitOptions {
  /** Whether untracked files count that git does not ignore; `folders` names a folder of such files once. */
  untracked: 'all' | 'folders' | 'no';
  /** Folders and files, relative to `cwd`; the whole working tree where left out. */
  paths?: readonly string[];
}

/**
 * Files of a working tree that differ from the commit: staged or not. Nothing is changed, not even the index.
 * @returns paths from the root of the repository
 * @throws {GitError} where there is no working tree
 */
export async function uncommittedFiles({
  untracked,
  paths = [],
  ...options
}: UncommittedOptions): Promise<string[]> {
  const mode = untracked === 'folders' ? 'normal' : untracked;
  const args = ['status', '--porcelain', '-z', `--untracked-files=${mode}`, '--no-renames', '--', ...paths];
  const printed = await gitOutput(['--literal-pathspecs', ...args], options);
  const lines = printed.split('\0').filter((line) => line !== '');
  return lines.map((line) => line.slice('XY '.length));
}
