import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';

/**
 * The folder of the main checkout that a folder in a linked worktree of git corresponds to; any other folder is its
 * own. So all checkouts of a repository on this machine share what is kept there.
 *
 * It reads two small files and does not start git, because every target calls it. Their content:
 * https://git-scm.com/docs/gitrepository-layout (`gitdir` links, `commondir`, `worktrees/<id>`). A submodule and a
 * repository with a separate git directory have such a link too, but are not worktrees. A bare repository has no main
 * checkout, so its worktrees stay apart.
 */
export function mainCheckout(folder: string): string {
  const checkout = checkoutAround(folder);
  const gitDirectory = checkout && linkedGitDirectory(checkout);
  const common = gitDirectory && commonDirectory(gitDirectory);
  if (!common || basename(common) !== '.git') return folder;
  return join(dirname(common), relative(checkout, folder));
}

/** The nearest folder with a `.git`, at or above this one. */
function checkoutAround(folder: string): string | undefined {
  for (let current = resolve(folder); ; current = dirname(current)) {
    if (statSync(join(current, '.git'), { throwIfNoEntry: false })) return current;
    if (current === dirname(current)) return undefined;
  }
}

/** Where a `.git` file points to; undefined if `.git` is the repository itself. */
function linkedGitDirectory(checkout: string): string | undefined {
  const [, path] = /^gitdir: (.+)$/m.exec(read(join(checkout, '.git'))) ?? [];
  return path === undefined ? undefined : resolve(checkout, path);
}

/** The common directory of the repository that a worktree's git directory belongs to. */
function commonDirectory(gitDirectory: string): string | undefined {
  const path = read(join(gitDirectory, 'commondir')).trim();
  if (path === '') return undefined;
  const common = resolve(gitDirectory, path);
  return dirname(gitDirectory) === join(common, 'worktrees') ? common : undefined;
}

/** Empty if the file is missing or is a folder. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
