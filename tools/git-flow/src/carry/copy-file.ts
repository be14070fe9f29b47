import { constants } from 'node:fs';
import { copyFile, link, lstat, mkdir, readFile, readlink, realpath, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { ifMissing } from '../worktrees/administration.js';
import type { FileMark } from './worktree-notes.js';

/**
 * Copies a file with its mode, or a link as a link, to a free path. It appears complete or not at all, so that a later run
 * does not take a part of it for a user's file; where the file system has no hard links, a copy can be incomplete.
 * @param root of the checkout that it is copied from
 * @param aside a free path outside every working tree
 */
export async function copyNew(root: string, from: string, to: string, aside: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  if ((await lstat(from)).isSymbolicLink()) return symlink(await linkTarget(root, from), to);
  await rm(aside, { force: true });
  await copyFile(from, aside);
  try {
    await link(aside, to);
  } catch (error) {
    if (!['EXDEV', 'EPERM', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  } finally {
    await rm(aside, { force: true });
  }
}

/** Inside the checkout, the same path in the other one; else the file itself that it leads to, which is not copied. */
async function linkTarget(root: string, from: string): Promise<string> {
  const text = await readlink(from);
  // A dangling link is copied too.
  const target = await realpath(from).catch(() => resolve(dirname(from), text));
  const way = relative(root, target);
  if (way.split(sep)[0] === '..') return target;
  return text.startsWith(sep) ? relative(dirname(from), join(root, way)) : text;
}

/** Whether both are the same file by content, or the same link. */
export async function areSame(root: string, from: string, to: string): Promise<boolean> {
  const [one, other] = await Promise.all([lstat(from), lstat(to)]);
  if (one.isSymbolicLink() && other.isSymbolicLink())
    return (await linkTarget(root, from)) === (await readlink(to));
  if (!one.isFile() || !other.isFile() || one.size !== other.size) return false;
  return (await readFile(from)).equals(await readFile(to));
}

export async function markOf(path: string): Promise<FileMark | undefined> {
  const stats = await lstat(path).catch(ifMissing(undefined));
  return stats && { size: stats.size, modified: stats.mtimeMs };
}

/** The marks of the files of a checkout that exist. */
export async function marksOf(root: string, files: readonly string[]): Promise<Record<string, FileMark>> {
  const marks = await Promise.all(
    files.map(async (file) => ({ file, mark: await markOf(join(root, file)) })),
  );
  return Object.fromEntries(marks.flatMap(({ file, mark }) => (mark ? [[file, mark]] : [])));
}
