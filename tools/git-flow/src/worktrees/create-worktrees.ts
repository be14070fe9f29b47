import { type GitOptions, gitOutput } from '@odoobo/machine/git';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeNotes } from '../carry/worktree-notes.js';
import {
  type Administration,
  commonDirectory,
  completeCommonDirs,
  deleteWorktreesIn,
  ifMissing,
  relocate,
  renameAdministration,
  writeGitLink,
} from './administration.js';
import { examine, type Found, type Known } from './examine.js';
import { makeReady } from './make-ready.js';
import { readKnown, type Run, startRun, type WorktreesOptions } from './run.js';
import { checkOut, deleteBranch, holdBranch, place, register, unfinishedFolder } from './unfinished.js';
import { quoted, type WorktreeAction, type WorktreeRequest, type WorktreeResult } from './worktree.js';

/**
 * Gives each skill a worktree on its branch: creates missing ones, repairs broken ones, keeps the rest.
 * No one's work is changed, and a skill that cannot have a worktree does not stop the others.
 * @throws where there is no repository, or the claim is not granted
 */
export async function createWorktrees(
  requests: readonly WorktreeRequest[],
  options: WorktreesOptions,
): Promise<WorktreeResult[]> {
  const { release } = await options.claim(options.signal);
  try {
    const common = await commonDirectory(options);
    const unfinished = [...new Set(requests.map(({ path }) => unfinishedFolder(dirname(path), common)))];
    await clear(unfinished, common);
    const branches = requests.map(({ branch }) => branch);
    const results = await createAll(requests, options, await startRun(branches, common, options));
    await clear(unfinished, common);
    return results;
  } finally {
    await release();
  }
}

/** Deletes unfinished worktrees: of an earlier run that was killed, or of this one. */
async function clear(unfinished: readonly string[], common: string): Promise<void> {
  await completeCommonDirs(common);
  for (const folder of unfinished) await deleteWorktreesIn(folder, common);
}

async function createAll(
  requests: readonly WorktreeRequest[],
  options: WorktreesOptions,
  run: Run,
): Promise<WorktreeResult[]> {
  const known = await readKnown(run, requests);
  return Promise.all(
    requests.map(async (request) => {
      const result = await createWorktree(request, known, run);
      return result.error === undefined ? makeReady(result, options, run) : result;
    }),
  );
}

async function createWorktree(request: WorktreeRequest, known: Known, run: Run): Promise<WorktreeResult> {
  const { skill, branch, path } = request;
  try {
    const found = await run.sideBySide(() => examine(request, known, run.git));
    return { skill, branch, path, ...(await bringAbout(request, found, run)) };
  } catch (error) {
    return { skill, branch, path, error };
  }
}

/** The action on a worktree, and its path if not the requested one. */
interface Done {
  action: WorktreeAction;
  path?: string;
}

async function bringAbout(request: WorktreeRequest, found: Found, run: Run): Promise<Done> {
  switch (found.state) {
    case 'whole':
      warnOfCopies(request, found, run);
      return { action: 'kept', path: found.path };
    case 'broken':
      await run.oneAtATime(() => repair(found, run.git));
      if (found.faults.includes('folder')) warnOfMove(request, found.path, run);
      return { action: 'repaired', path: found.path };
    case 'absent':
      return { action: await make(request, run) };
    case 'headless':
      await restoreHead(found.administration, request.branch);
      return lookAgain(request, run);
    case 'moved':
      await run.oneAtATime(() => relocate(found.administration, found.path));
      return lookAgain(request, run);
  }
}

function warnOfCopies(
  { skill }: WorktreeRequest,
  found: { path: string; copies: string[] },
  { warn }: Run,
): void {
  for (const copy of found.copies)
    warn(
      `${skill}: ${copy} is a copy of the worktree ${found.path}, and git takes both for the same worktree: a commit in one shows as changes in the other. Make the copy an ordinary folder: rm ${quoted(join(copy, '.git'))}`,
    );
}

function warnOfMove({ skill }: WorktreeRequest, path: string, { warn }: Run): void {
  warn(
    `${skill}: ${path} was missing and was restored from what was staged. If you had moved it, git no longer knows the moved folder: copy what you need from it`,
  );
}

/** Git reports more of a worktree once it has found it again: there may be more to repair. */
async function lookAgain(request: WorktreeRequest, run: Run): Promise<Done> {
  const found = await examine(request, await readKnown(run, [request]), run.git);
  if (found.state === 'broken') await repair(found, run.git);
  else if (found.state !== 'whole')
    throw new Error(`${request.path} could not be repaired: it is ${found.state}.`);
  return { action: 'repaired', path: found.path };
}

/** Repairs a broken worktree. Existing files are never overwritten: differences from the branch show as uncommitted changes. */
async function repair(
  { path, administration, faults }: Extract<Found, { state: 'broken' }>,
  options: GitOptions,
): Promise<void> {
  const there = { ...options, cwd: path };
  const kept = faults.includes('link') ? await renameAdministration(administration) : administration;
  if (faults.includes('folder')) await mkdir(path, { recursive: true });
  if (faults.includes('link')) await writeGitLink(path, kept);
  if (faults.includes('index')) await rebuildIndex(kept.directory, there);
  // Staged changes are in the index, so the files are restored as they were staged.
  if (faults.includes('folder')) await gitOutput(['checkout-index', '--all', '--quiet'], there);
}

/** Puts a worktree back on its branch when HEAD is lost. */
async function restoreHead({ directory }: Administration, branch: string): Promise<void> {
  await writeFile(join(directory, 'HEAD'), `ref: refs/heads/${branch}\n`);
}

/** A torn index is kept beside the new one. */
async function rebuildIndex(directory: string, there: GitOptions): Promise<void> {
  const index = join(directory, 'index');
  await rename(index, `${index}.broken-${Date.now()}`).catch(ifMissing(undefined));
  await gitOutput(['reset', '--quiet', '--no-refresh'], there);
}

/** The source of a branch: it exists here, only at the remote, or it is new. */
interface Source {
  commit: string;
  from: 'branch' | 'remote' | 'start';
}

/** Creates a worktree. When that fails or is interrupted, neither worktree nor branch is left behind. */
async function make(request: WorktreeRequest, run: Run): Promise<'created' | 'adopted'> {
  const { branch, path } = request;
  const source = await findSource(branch, run);
  const { oneAtATime, sideBySide, common, git, source: from } = run;
  const folders = request.folders && [...request.folders, ...(from?.hooks === undefined ? [] : [from.hooks])];
  try {
    const aside = await oneAtATime(() =>
      register({ ...request, ...(folders && { folders }) }, source.commit, common, git),
    );
    await sideBySide(() => checkOut(aside, git));
    // If this process is killed before the command has run, the next run runs it.
    if (run.postCreate) await writeNotes(aside, { postCreate: 'pending' }, git);
    await oneAtATime(() => finish(request, source, aside, git));
  } catch (error) {
    const aside = join(unfinishedFolder(dirname(path), common), basename(path));
    await oneAtATime(() => deleteWorktreesIn(aside, common));
    throw error;
  }
  return source.from === 'start' ? 'created' : 'adopted';
}

async function findSource(branch: string, { heads, start }: Run): Promise<Source> {
  const here = heads.get(branch);
  if (here) return { commit: here.commit, from: 'branch' };
  const { commit, remoteHeads } = await start();
  const there = remoteHeads.get(branch);
  return there === undefined ? { commit, from: 'start' } : { commit: there, from: 'remote' };
}

async function finish(
  request: WorktreeRequest,
  { commit, from }: Source,
  aside: string,
  options: GitOptions,
): Promise<void> {
  const { branch } = request;
  await holdBranch(branch, commit, from === 'branch' ? commit : undefined, options);
  try {
    if (from === 'remote') await follow(branch, options);
    await place(aside, request, options);
  } catch (error) {
    if (from !== 'branch') await deleteBranch(branch, commit, { cwd: options.cwd });
    throw error;
  }
}

/** Sets the upstream, so that git status and git pull use the remote's branch. */
async function follow(branch: string, options: GitOptions): Promise<void> {
  await gitOutput(['branch', '--quiet', `--set-upstream-to=origin/${branch}`, branch], options);
}
