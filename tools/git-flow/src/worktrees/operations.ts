import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ifMissing, readAdministrations } from './administration.js';

/**
 * Operations in progress, by the files that git keeps in a worktree during each. Names: `wt-status.c` and `sequencer.c` of git,
 * https://git-scm.com/docs/gitrepository-layout
 */
const operations: Readonly<Record<string, string>> = {
  MERGE_HEAD: 'a merge',
  CHERRY_PICK_HEAD: 'a cherry-pick',
  REVERT_HEAD: 'a revert',
  sequencer: 'a series of cherry-picks or reverts',
  BISECT_LOG: 'a bisection',
  'rebase-merge': 'a rebase',
  'rebase-apply': 'a rebase',
};

/** Files that name the branch which HEAD returns to when the operation ends. */
const branchFiles = ['rebase-merge/head-name', 'rebase-apply/head-name', 'BISECT_START'];

/** @param directory git's records of the worktree */
export async function operationIn(directory: string): Promise<string | undefined> {
  const names = await readdir(directory).catch(ifMissing([] as string[]));
  return names.map((name) => operations[name]).find((operation) => operation !== undefined);
}

/** Whether a rebase or a bisection of this branch is in progress in some worktree: its HEAD is detached meanwhile. */
export async function isHeld(branch: string, common: string): Promise<boolean> {
  const administrations = await readAdministrations(common);
  const directories = [common, ...administrations.map(({ directory }) => directory)];
  const files = directories.flatMap((directory) => branchFiles.map((file) => join(directory, file)));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(ifMissing(''))));
  return texts.some((text) => text.trim().replace(/^refs\/heads\//, '') === branch);
}
