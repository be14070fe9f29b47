import { type GitOptions, gitOutput } from '@odoobo/machine/git';
import { basename, dirname, join } from 'node:path';
import { writeNotes } from '../carry/worktree-notes.js';
import { deleteWorktreesIn } from './administration.js';
import type { Run } from './run.js';
import { checkOut, deleteBranch, holdBranch, place, register, unfinishedFolder } from './unfinished.js';
import type { WorktreeRequest } from './worktree.js';

/** The source of a branch: it exists here, only at the remote, or it is new. */
interface Source {
  commit: string;
  from: 'branch' | 'remote' | 'start';
}

/** Creates a worktree. When that fails or is interrupted, neither worktree nor branch is left behind. */
export async function make(request: WorktreeRequest, run: Run): Promise<'created' | 'adopted'> {
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
