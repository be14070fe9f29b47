import { GitError, type GitOptions, gitOutput } from '@odoobo/machine/git';

export interface InputsOptions extends GitOptions {
  /** A commit of this clone. */
  commit: string;
  /** Folders and files, relative to `cwd`. */
  paths: readonly string[];
}

/** Ids of trees and blobs, by path. A missing path has none. */
export type Inputs = Record<string, string>;

/**
 * What some paths hold in a commit, as git's ids of content: equal ids are equal content, in every clone.
 * @returns by path as given; paths that the commit does not have are left out
 * @throws {GitError} when the commit is not in this clone
 */
export async function inputsOf({ commit, paths, ...options }: InputsOptions): Promise<Inputs> {
  const objects = [`${commit}^{commit}`, ...paths.map((path) => objectAt(commit, path))];
  const [found, ...ids] = await readIds(objects, options);
  if (found === undefined) throw new GitError(`The repository in ${options.cwd} has no commit ${commit}`);
  return Object.fromEntries(paths.flatMap((path, index) => (ids[index] ? [[path, ids[index]]] : [])));
}

/**
 * The ids of objects named as in git, such as `<commit>:<path>`; read by one process, whatever their number.
 * @returns in the order of the names; undefined for what is not there
 */
export async function readIds(
  names: readonly string[],
  options: GitOptions,
): Promise<(string | undefined)[]> {
  const input = names.map((name) => `${name}\n`).join('');
  const printed = await gitOutput(['cat-file', '--batch-check=%(objectname)'], { ...options, input });
  return printed.split('\n').map((line) => (/^[0-9a-f]+$/.test(line) ? line : undefined));
}

/** Git's name of a path's content in a commit; the path is relative to the folder in which git runs. */
export function objectAt(commit: string, path: string): string {
  return `${commit}:./${path}`;
}
