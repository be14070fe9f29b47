import type { GitOptions } from '@odoobo/machine/git';
import { realpath } from 'node:fs/promises';
import { posix, relative, sep } from 'node:path';
import { uncommittedFiles } from '../repository/uncommitted.js';

export interface DirtyPathsOptions extends GitOptions {
  /** The working tree that `cwd` is in, as git names it. */
  worktree: string;
  /** Folders and files, relative to `cwd`. */
  paths: readonly string[];
}

/** A path with uncommitted changes. */
export interface DirtyPath {
  /** As given. */
  path: string;
  /** The files that differ from HEAD or are untracked and not ignored, from the root of the repository. */
  files: string[];
}

/**
 * Which of some paths have uncommitted changes: staged, not staged, or untracked and not ignored. Files elsewhere do not matter,
 * and nothing is changed, not even the index.
 * @returns the paths that have changes, in the order given
 * @throws {GitError} where there is no repository
 */
export async function dirtyPaths({ worktree, paths, ...options }: DirtyPathsOptions): Promise<DirtyPath[]> {
  if (paths.length === 0) return [];
  const files = await uncommittedFiles({ ...options, untracked: 'all', paths });
  const prefix = relative(worktree, await realpath(options.cwd))
    .split(sep)
    .join('/');
  return paths
    .map((path) => ({ path, files: files.filter((file) => isIn(fromRoot(prefix, path), file)) }))
    .filter((dirty) => dirty.files.length > 0);
}

/** Path from the root of the repository; empty for the root itself. */
function fromRoot(prefix: string, path: string): string {
  return posix.join('/', prefix, path).replace(/^\/|\/$/g, '');
}

function isIn(path: string, file: string): boolean {
  return path === '' || file === path || file.startsWith(`${path}/`);
}
