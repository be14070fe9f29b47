import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * Distinguishes files of this checkout from those of others inside the workspace: worktrees kept there, and clones. Nx
 * lists their files too, and two projects with the same name would stop every command.
 *
 * @returns whether a file, given from the workspace root, belongs to this checkout; folders are looked at once
 */
export function ownCheckout(workspaceRoot: string): (file: string) => boolean {
  const known = new Map<string, boolean>([['.', true]]);
  const isOwn = (folder: string): boolean => {
    const own =
      known.get(folder) ?? (isOwn(dirname(folder)) && !isOtherCheckout(join(workspaceRoot, folder)));
    known.set(folder, own);
    return own;
  };
  return (file) => isOwn(dirname(file));
}

/** A submodule is part of this checkout: its repository is inside it, and is not a worktree of another one. */
function isOtherCheckout(folder: string): boolean {
  const link = join(folder, '.git');
  const stats = statSync(link, { throwIfNoEntry: false });
  if (!stats) return false;
  if (stats.isDirectory()) return true;
  const [, target = ''] = /^gitdir: (.+)$/m.exec(readFileSync(link, 'utf8')) ?? [];
  const repository = resolve(folder, target);
  // https://git-scm.com/docs/gitrepository-layout: the git directory of a linked worktree names the common directory.
  return target === '' || !existsSync(repository) || existsSync(join(repository, 'commondir'));
}
