import type { GitOptions } from '@odoobo/machine/git';
import { join } from 'node:path';
import { areSame, markOf } from './copy-file.js';
import { type CarryRules, findFiles } from './find-files.js';
import { type FileMark, readNotes } from './worktree-notes.js';

/**
 * Carried files whose content exists only in this worktree: changed since they were copied, created there, or deleted in the
 * checkout that they came from. They would be lost with the worktree, and no commit has them.
 * @param from root of the checkout that files are carried from
 * @returns paths from the root of the worktree
 */
export async function ownFiles(
  worktree: string,
  from: string,
  rules: CarryRules,
  options: GitOptions,
): Promise<string[]> {
  const { carried, made } = await readNotes(worktree, options);
  const matching = await findFiles({ checkout: worktree, source: from, rules }, options);
  const own: string[] = [];
  for (const file of new Set([...Object.keys(carried), ...matching])) {
    const [here, there] = await Promise.all([markOf(join(worktree, file)), markOf(join(from, file))]);
    if (!here || (there && (await areSame(from, join(from, file), join(worktree, file))))) continue;
    const disposable = isUntouched(made[file], here) || (there && isUntouched(carried[file], here));
    if (!disposable) own.push(file);
  }
  return own.sort();
}

function isUntouched(mark: FileMark | undefined, now: FileMark): boolean {
  return mark?.size === now.size && mark.modified === now.modified;
}
