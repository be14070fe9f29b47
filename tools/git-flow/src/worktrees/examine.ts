import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ifMissing, readGitLink, type Administration } from './administration.js';
import { git, type GitOptions } from '../git.js';
import type { ListedWorktree } from './worktree-list.js';
import { quoted, type WorktreeRequest } from './worktree.js';

/** What is wrong with a worktree and can be put right without touching a file that is there. */
export type Fault =
  /** The folder is not there. */
  | 'folder'
  /** Its `.git` file is missing or torn. */
  | 'link'
  /** The index is missing or torn. */
  | 'index';

export type Found =
  | { state: 'absent' }
  | { state: 'whole'; path: string }
  | { state: 'broken'; path: string; administration: Administration; faults: Fault[] }
  /** HEAD is missing or torn, and git sees no more than that. */
  | { state: 'headless'; path: string; administration: Administration }
  /** Somebody has moved the folder; git does not know where to. */
  | { state: 'moved'; path: string };

/** What git knows of all working trees. */
export interface Known {
  worktrees: readonly ListedWorktree[];
  administrations: readonly Administration[];
}

/**
 * Finds out what there is of a skill's worktree. Changes nothing.
 *
 * @throws where something else is in the way, with what it is and what to do
 */
export async function examine(request: WorktreeRequest, known: Known, options: GitOptions): Promise<Found> {
  const { branch, path } = request;
  const own = known.worktrees.find((worktree) => worktree.branch === branch);
  if (own) return examineOwn(own, request, known, options);
  const there = known.worktrees.find((worktree) => worktree.path === path);
  if (!there) return examineFolder(request, known);
  const administration = administrationOf(path, known);
  if (there.commit === undefined && administration) return { state: 'headless', path, administration };
  throw new Error(
    `${path} has ${there.branch ? `the branch ${there.branch}` : 'a detached HEAD'} checked out, not ${branch}. End what is under way there (git -C ${quoted(path)} status), then: git -C ${quoted(path)} switch ${quoted(branch)}`,
  );
}

async function examineOwn(
  { main, path, locked }: ListedWorktree,
  { branch }: WorktreeRequest,
  known: Known,
  options: GitOptions,
): Promise<Found> {
  if (main) {
    throw new Error(
      `${branch} is checked out in the main checkout, and git checks a branch out once only. Check out another one there: git -C ${quoted(path)} switch <branch>`,
    );
  }
  const administration = administrationOf(path, known);
  const faults = administration ? await faultsOf(path, administration, options) : [];
  if (!administration || faults.length === 0) return { state: 'whole', path };
  if (locked !== undefined && faults.includes('folder')) {
    throw new Error(
      `The worktree ${path} is locked${locked && ` (${locked})`} and not there. Bring it back, or: git worktree unlock ${quoted(path)}`,
    );
  }
  return { state: 'broken', path, administration, faults };
}

function administrationOf(path: string, { administrations }: Known): Administration | undefined {
  return administrations.find(({ worktree }) => worktree === path);
}

async function faultsOf(path: string, administration: Administration, options: GitOptions): Promise<Fault[]> {
  if (!(await exists(path))) return ['folder', 'link', ...(await indexFaults(administration, options))];
  const link = await readGitLink(path);
  if (typeof link === 'object') {
    if (link.target === administration.directory) return indexFaults(administration, options);
    if (await exists(link.target)) throw inTheWay(path, 'belongs to another repository');
  }
  if (link === 'directory') throw inTheWay(path, 'is a repository of its own');
  return ['link', ...(await indexFaults(administration, options))];
}

/** Reads the index as git does, which checks its checksum too. */
async function indexFaults({ directory }: Administration, options: GitOptions): Promise<Fault[]> {
  if (!(await exists(join(directory, 'index')))) return ['index'];
  const args = [`--git-dir=${directory}`, '--work-tree=.', 'ls-files', '--', ':(top).gitattributes'];
  const { exitCode } = await git(args, options);
  return exitCode === 0 ? [] : ['index'];
}

async function examineFolder({ path }: WorktreeRequest, known: Known): Promise<Found> {
  const names = await readdir(path).catch(ifMissing([] as string[]));
  if (names.length === 0) return { state: 'absent' };
  const link = await readGitLink(path);
  if (typeof link !== 'object') throw inTheWay(path, 'is no worktree of this repository');
  const administration = known.administrations.find(({ directory }) => directory === link.target);
  if (!administration) throw inTheWay(path, 'is no worktree that this repository knows');
  if (administration.worktree && (await exists(administration.worktree))) {
    throw inTheWay(path, `is a copy of the worktree ${administration.worktree}`);
  }
  return { state: 'moved', path };
}

function inTheWay(path: string, what: string): Error {
  return new Error(
    `${path} ${what}, so it was left alone. Move it away, or take another folder: --base-folder=<folder>`,
  );
}

async function exists(path: string): Promise<boolean> {
  return (await access(path).catch(ifMissing(false))) !== false;
}
