import { type GitOptions, gitOutput } from '@odoobo/machine/git';
import { readdir, readFile, rename as renameFolder, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';

/**
 * Git's records of a linked worktree inside the repository: `<common>/worktrees/<id>`, with HEAD, the index, and
 * `gitdir`, the path of the worktree's `.git` file. https://git-scm.com/docs/gitrepository-layout
 */
export interface Administration {
  /** Absolute. */
  directory: string;
  /** Absolute path of the worktree; undefined if it was never written. */
  worktree?: string;
}

/** The folder that all working trees of a repository share. Absolute. */
export function commonDirectory(options: GitOptions): Promise<string> {
  return gitOutput(['rev-parse', '--path-format=absolute', '--git-common-dir'], options);
}

export async function readAdministrations(common: string): Promise<Administration[]> {
  const directory = join(common, 'worktrees');
  const ids = await readdir(directory).catch(ifMissing([]));
  return Promise.all(ids.map((id) => readAdministration(join(directory, id))));
}

async function readAdministration(directory: string): Promise<Administration> {
  const gitdir = (await readFile(join(directory, 'gitdir'), 'utf8').catch(ifMissing(''))).trim();
  return gitdir === '' ? { directory } : { directory, worktree: dirname(resolve(directory, gitdir)) };
}

/** The folder that a `.git` file names, whether it exists or not; `directory` if `.git` is a repository itself. */
export type GitLink = { target: string } | 'directory' | 'missing' | 'broken';

export async function readGitLink(worktree: string): Promise<GitLink> {
  const file = join(worktree, '.git');
  const stats = await stat(file).catch(ifMissing(undefined));
  if (!stats) return 'missing';
  if (stats.isDirectory()) return 'directory';
  const [, target] = /^gitdir: (.+)$/m.exec(await readFile(file, 'utf8')) ?? [];
  return target === undefined ? 'broken' : { target: resolve(worktree, target) };
}

/** Links a folder to git's records of it. */
export async function writeGitLink(worktree: string, { directory }: Administration): Promise<void> {
  await writeFile(join(worktree, '.git'), `gitdir: ${directory}\n`);
}

/** Records the worktree's current path in git, and the path of git's records in the worktree. */
export async function relocate({ directory }: Administration, worktree: string): Promise<void> {
  await writeFile(join(directory, 'gitdir'), `${join(worktree, '.git')}\n`);
  const link = await readGitLink(worktree);
  if (typeof link !== 'object' || link.target !== directory) await writeGitLink(worktree, { directory });
}

/**
 * Renames git's records of a worktree. A moved folder that was not found and still names the old path is then no longer a
 * worktree: two folders on one index would each undo what is staged and committed in the other.
 */
export async function renameAdministration(administration: Administration): Promise<Administration> {
  const [, stem = '', number = '0'] = /^(.*?)(?:-(\d+))?$/.exec(basename(administration.directory)) ?? [];
  for (let next = Number(number) + 1; ; next += 1) {
    const directory = join(dirname(administration.directory), `${stem}-${next}`);
    const moved = await moveTo(administration.directory, directory);
    if (moved) return { ...administration, directory };
  }
}

/** @returns false where another worktree has that name */
async function moveTo(from: string, to: string): Promise<boolean> {
  try {
    await renameFolder(from, to);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/**
 * Completes what a killed `git worktree add` leaves behind that stops every later git command: an empty `commondir`
 * ("fatal: failed to read .git/worktrees/x/commondir"). Git always writes the same text there.
 */
export async function completeCommonDirs(common: string): Promise<void> {
  for (const { directory } of await readAdministrations(common)) {
    const file = join(directory, 'commondir');
    const stats = await stat(file).catch(ifMissing(undefined));
    if (stats?.size === 0) await writeFile(file, '../..\n');
  }
}

/** Deletes the worktrees inside a folder, and git's records of them. */
export async function deleteWorktreesIn(folder: string, common: string): Promise<void> {
  // The folders go first: if this process is killed in between, git's records still name them.
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  for (const { directory, worktree } of await readAdministrations(common)) {
    if (`${worktree ?? ''}${sep}`.startsWith(`${folder}${sep}`))
      await rm(directory, { recursive: true, force: true });
  }
}

/** Returns a value instead of an error for a file or folder that does not exist. */
export function ifMissing<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return value;
    throw error;
  };
}
