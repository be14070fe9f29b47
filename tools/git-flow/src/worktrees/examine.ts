import { existsSync } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ifMissing, readGitLink, type Administration } from './administration.js';
import { git, type GitOptions } from '../git.js';
import { findElsewhere, type Links } from './moved.js';
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
  /** `copies`: folders that somebody has copied from it, and that git takes for it. */
  | { state: 'whole'; path: string; copies: string[] }
  | { state: 'broken'; path: string; administration: Administration; faults: Fault[] }
  /** HEAD is missing or torn, and git sees no more than that. */
  | { state: 'headless'; path: string; administration: Administration }
  /** Somebody has moved the folder, to this path; git does not know where to. */
  | { state: 'moved'; path: string; administration: Administration };

/** What git knows of all working trees. */
export interface Known {
  worktrees: readonly ListedWorktree[];
  administrations: readonly Administration[];
  /** Those of the folders in which one may be that somebody has moved or copied. */
  links: Links;
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
  request: WorktreeRequest,
  known: Known,
  options: GitOptions,
): Promise<Found> {
  if (main) {
    throw new Error(
      `${request.branch} is checked out in the main checkout, and git checks a branch out once only. Check out another one there: git -C ${quoted(path)} switch <branch>`,
    );
  }
  const administration = administrationOf(path, known);
  if (!administration) return { state: 'whole', path, copies: [] };
  const elsewhere = findElsewhere(administration, request.path, known.links, existsSync);
  const faults = await faultsOf(path, administration, elsewhere, options);
  if (locked !== undefined && faults.includes('folder')) {
    throw new Error(
      `The worktree ${path} is locked${locked && ` (${locked})`} and not there. Bring it back, or: git worktree unlock ${quoted(path)}`,
    );
  }
  // One that is torn or leads nowhere is its own: then the folder is the one that git knows.
  const isGone = faults.includes('link') && (await readGitLink(path)) === 'missing';
  if (isGone && elsewhere.length > 0) return { state: 'moved', path: oneOf(elsewhere, path), administration };
  if (faults.length === 0) return { state: 'whole', path, copies: elsewhere };
  return { state: 'broken', path, administration, faults };
}

/** @throws where there are several: nobody but a person knows which of them is the one that is worked in */
function oneOf(folders: readonly string[], path: string): string {
  const [folder = '', ...others] = folders;
  if (others.length === 0) return folder;
  throw new Error(
    `The worktree ${path} was moved or copied to ${folders.join(' and ')}. Tell git which it is: git worktree repair <folder>. Make the others ordinary folders: rm <folder>/.git`,
  );
}

function administrationOf(path: string, { administrations }: Known): Administration | undefined {
  return administrations.find(({ worktree }) => worktree === path);
}

async function faultsOf(
  path: string,
  administration: Administration,
  elsewhere: readonly string[],
  options: GitOptions,
): Promise<Fault[]> {
  if (!(await exists(path))) return ['folder', 'link', ...(await indexFaults(administration, options))];
  const link = await readGitLink(path);
  if (typeof link === 'object') {
    if (link.target === administration.directory) return indexFaults(administration, options);
    if (await exists(link.target)) throw ofAnother(path, administration);
  }
  if (link === 'directory') throw inTheWay(path, 'is a repository of its own', elsewhere);
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
  return { state: 'moved', path, administration };
}

/** @param elsewhere where the worktree is that this is the place of */
function inTheWay(path: string, what: string, elsewhere: readonly string[] = []): Error {
  const [moved] = elsewhere;
  const advice =
    moved === undefined
      ? 'Move it away, or take another folder: --base-folder=<folder>'
      : `The worktree is at ${moved} now. Tell git so: git worktree repair ${quoted(moved)}`;
  return new Error(`${path} ${what}, so it was left alone. ${advice}`);
}

/** As where a repository was copied with what it knows of its worktrees: these are still those of the original. */
function ofAnother(path: string, { directory }: Administration): Error {
  return new Error(
    `${path} belongs to another repository, so it was left alone. This one takes it for its own: it may be a copy of that. Have it forget the folder: rm -r ${quoted(directory)}`,
  );
}

async function exists(path: string): Promise<boolean> {
  return (await access(path).catch(ifMissing(false))) !== false;
}
