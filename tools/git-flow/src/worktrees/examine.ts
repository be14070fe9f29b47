import { git, type GitOptions } from '@odoobo/machine/git';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Administration, ifMissing, readGitLink } from './administration.js';
import { findCopies, findMoved, type Links, oneOf } from './moved.js';
import { quoted, type WorktreeRequest } from './worktree.js';
import type { ListedWorktree } from './worktree-list.js';

/** A fault of a worktree that can be repaired without touching an existing file. */
export type Fault =
  /** The folder is not there. */
  | 'folder'
  /** Its `.git` file is missing or torn. */
  | 'link'
  /** The index is missing or torn. */
  | 'index';

export type Found =
  | { state: 'absent' }
  /** `copies`: copies of its folder that git mistakes for it. */
  | { state: 'whole'; path: string; copies: string[] }
  | { state: 'broken'; path: string; administration: Administration; faults: Fault[] }
  /** HEAD is missing or torn, so git reports nothing more about it. */
  | { state: 'headless'; path: string; administration: Administration }
  /** The folder was moved to this path without git. */
  | { state: 'moved'; path: string; administration: Administration };

/** Git's records of all working trees. */
export interface Known {
  worktrees: readonly ListedWorktree[];
  administrations: readonly Administration[];
  /** The links of the folders that may contain a moved or copied worktree. */
  links: Links;
}

/**
 * Finds the state of a skill's worktree. Changes nothing.
 * @throws if something else is at its path, with what it is and what to do
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
    `${path} has ${there.branch ? `the branch ${there.branch}` : 'a detached HEAD'} checked out, not ${branch}. Finish the operation in progress there (git -C ${quoted(path)} status), then: git -C ${quoted(path)} switch ${quoted(branch)}`,
  );
}

async function examineOwn(
  { main, path, locked }: ListedWorktree,
  request: WorktreeRequest,
  known: Known,
  options: GitOptions,
): Promise<Found> {
  if (main) {
    throw new Error(
      `${request.branch} is checked out in the main checkout, and git checks out a branch only once. Check out another one there: git -C ${quoted(path)} switch <branch>`,
    );
  }
  const administration = administrationOf(path, known);
  if (!administration) return { state: 'whole', path, copies: [] };
  const isThere = await exists(path);
  if (locked !== undefined && !isThere) {
    throw new Error(
      `The worktree ${path} is locked${locked && ` (${locked})`} and missing. Restore it, or: git worktree unlock ${quoted(path)}`,
    );
  }
  const moved = findMoved(administration, request.path, known.links);
  if (moved.length > 0 && (await isGoneFrom(path, administration, known)))
    return { state: 'moved', path: oneOf(moved, path), administration };
  const faults = await faultsOf(path, administration, moved, options);
  if (faults.length > 0) return { state: 'broken', path, administration, faults };
  return { state: 'whole', path, copies: findCopies(administration, known.links) };
}

/** Whether something else is at its path now. A torn or dangling link counts as its own: git's records name this folder. */
async function isGoneFrom(path: string, { directory }: Administration, known: Known): Promise<boolean> {
  const link = await readGitLink(path);
  if (typeof link !== 'object') return link === 'missing';
  const others = known.administrations.filter((other) => other.directory !== directory);
  return others.some((other) => other.directory === link.target);
}

function administrationOf(path: string, { administrations }: Known): Administration | undefined {
  return administrations.find(({ worktree }) => worktree === path);
}

async function faultsOf(
  path: string,
  administration: Administration,
  moved: readonly string[],
  options: GitOptions,
): Promise<Fault[]> {
  if (!(await exists(path))) return ['folder', 'link', ...(await indexFaults(administration, options))];
  const link = await readGitLink(path);
  if (typeof link === 'object') {
    if (link.target === administration.directory) return indexFaults(administration, options);
    if (await exists(link.target)) throw ofAnother(path, administration);
  }
  if (link === 'directory') throw inTheWay(path, 'is a repository of its own', moved);
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
  if (typeof link !== 'object') throw inTheWay(path, 'is not a worktree of this repository');
  const administration = known.administrations.find(({ directory }) => directory === link.target);
  if (!administration) throw inTheWay(path, 'is not a worktree that this repository knows');
  if (administration.worktree && (await exists(administration.worktree))) {
    throw inTheWay(path, `is a copy of the worktree ${administration.worktree}`);
  }
  return { state: 'moved', path, administration };
}

/** @param moved possible paths of the worktree that belongs at this path */
function inTheWay(path: string, what: string, [moved]: readonly string[] = []): Error {
  const advice =
    moved === undefined
      ? 'Move it away, or use another folder: --base-folder=<folder>'
      : `The worktree is now at ${moved}. Register it there: git worktree repair ${quoted(moved)}`;
  return new Error(`${path} ${what}, so it was not changed. ${advice}`);
}

/** If a repository was copied with its records of worktrees, these still belong to the original. */
function ofAnother(path: string, { directory }: Administration): Error {
  return new Error(
    `${path} belongs to another repository, so it was not changed. Move it away; or, if this repository is a copy of that one, delete what it records of that folder, staged changes included: rm -r ${quoted(directory)}`,
  );
}

async function exists(path: string): Promise<boolean> {
  return (await access(path).catch(ifMissing(false))) !== false;
}
