import type { GitOptions } from '@odoobo/machine/git';
import { lstat, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readIds } from '../live/inputs.js';
import { ifMissing } from '../worktrees/administration.js';
import { areSame, copyNew, marksOf } from './copy-file.js';
import { ignoredOf } from './find-files.js';
import { gitDirectory, readNotes, writeNotes } from './worktree-notes.js';

/** The result of carrying files. All paths are from the root. */
export interface Carried {
  copied: string[];
  /** Exist with other content: they stay unchanged. */
  differing: string[];
  /** Not ignored by git in the worktree: there they could be committed by mistake. */
  exposed: string[];
}

interface Carry {
  files: readonly string[];
  /** Absolute paths of the roots. */
  from: string;
  to: string;
  git: GitOptions;
}

/**
 * Copies files of a checkout into a worktree that lacks them. Nothing is overwritten, nothing is written through a link, and no
 * folder is created that a sparse checkout leaves out. Safe to repeat.
 * @throws when a file cannot be read or written
 */
export async function carryFiles(carry: Carry): Promise<Carried> {
  const { from, to, git } = carry;
  const { there, lacking } = await sortOut(carry);
  const same = await filter(there, (file) => areSame(from, join(from, file), join(to, file)));
  const wanted = await inCheckedOutFolders(lacking, { ...git, cwd: to });
  const hidden = wanted.length === 0 ? [] : await copyHidden(wanted, carry);
  await note([...same, ...hidden], carry);
  return {
    copied: hidden,
    differing: there.filter((file) => !same.includes(file)),
    exposed: wanted.filter((file) => !hidden.includes(file)),
  };
}

/** Copies the files that git ignores in the worktree, by its own ignore files or by those that are copied. */
async function copyHidden(files: readonly string[], { from, to, git }: Carry): Promise<string[]> {
  const aside = join(await gitDirectory(to, git), 'carried');
  const copy = (file: string) =>
    copyNew(from, join(from, file), join(to, file), aside).catch((cause: unknown) => {
      const why = (cause as Error).message;
      throw new Error(`${file} could not be copied from ${from}: ${why}`, { cause });
    });
  // They go first, because a folder of hooks often has one that ignores everything in it, itself included.
  const ignoreFiles = files.filter((file) => basename(file) === '.gitignore');
  for (const file of ignoreFiles) await copy(file);
  const hidden = await ignoredOf(files, { ...git, cwd: to });
  for (const file of ignoreFiles) if (!hidden.includes(file)) await rm(join(to, file));
  for (const file of hidden) if (!ignoreFiles.includes(file)) await copy(file);
  return hidden;
}

/** Which files exist, and which are missing and may be copied: not those whose path leads through a link. */
async function sortOut({ files, from, to }: Carry): Promise<{ there: string[]; lacking: string[] }> {
  const there: string[] = [];
  const lacking: string[] = [];
  for (const file of files) {
    const stats = await lstat(join(from, file)).catch(ifMissing(undefined));
    if (!(stats?.isFile() || stats?.isSymbolicLink()) || !(await isOwnPlace(to, file))) continue;
    const present = await lstat(join(to, file)).catch(ifMissing(undefined));
    (present ? there : lacking).push(file);
  }
  return { there, lacking };
}

/** Whether every existing part of the path to a file is a folder of the worktree itself. */
async function isOwnPlace(root: string, file: string): Promise<boolean> {
  for (const folder of foldersOf(file)) {
    const stats = await lstat(join(root, folder)).catch(ifMissing(undefined));
    if (stats && !stats.isDirectory()) return false;
  }
  return true;
}

/** Leaves out files that the branch tracks, or whose folder it tracks: if they are missing, the checkout is sparse. */
async function inCheckedOutFolders(files: readonly string[], there: GitOptions): Promise<string[]> {
  const missing = async (path: string) => !(await lstat(join(there.cwd, path)).catch(ifMissing(undefined)));
  return filter(files, async (file) => {
    const absent = await filter([file, ...foldersOf(file)], missing);
    const ids = await readIds(
      absent.map((path) => `HEAD:${path}`),
      there,
    );
    return ids.every((id) => id === undefined);
  });
}

/** The folders that a file is in: `a` and `a/b` of `a/b/c`. */
function foldersOf(file: string): string[] {
  const folder = dirname(file);
  return folder === '.' ? [] : [...foldersOf(folder), folder];
}

async function note(files: readonly string[], { to, git }: Carry): Promise<void> {
  if (files.length === 0) return;
  const { carried } = await readNotes(to, git);
  await writeNotes(to, { carried: { ...carried, ...(await marksOf(to, files)) } }, git);
}

async function filter<T>(items: readonly T[], test: (item: T) => Promise<boolean>): Promise<T[]> {
  const passed = await Promise.all(items.map(test));
  return items.filter((_, index) => passed[index]);
}
