import pLimit, { type LimitFunction } from 'p-limit';
import type { GitOptions } from '../git.js';
import { readBranches, type BranchHead } from '../merge/branches.js';
import { readAdministrations } from './administration.js';
import { fetchRemote, findDefaultBranch, readRemoteHeads } from './default-branch.js';
import type { Known } from './examine.js';
import { listWorktrees } from './worktree-list.js';

export interface WorktreesOptions {
  /** A folder in any checkout of the repository. */
  cwd: string;
  /** The workspace, from the root of the repository; empty where it is the root. */
  workspace: string;
  signal: AbortSignal;
  /** The default branch where the remote does not say which it is. */
  defaultBranch: string;
  /**
   * Waits until this run is the only one on this machine that makes or removes worktrees of the repository: git itself
   * loses some of those that are made at the same time.
   */
  claim: (signal: AbortSignal) => Promise<{ release(): Promise<void> }>;
  onWarning: (message: string) => void;
}

/** What all worktrees of a run are made with. */
export interface Run {
  common: string;
  git: GitOptions;
  /** What git must not do twice at a time. */
  oneAtATime: LimitFunction;
  /** What reads or writes the files of a worktree. */
  sideBySide: LimitFunction;
  /** The branches that are there. */
  heads: ReadonlyMap<string, BranchHead>;
  /** The remote is asked once, and only when there is a branch to make. */
  start: () => Promise<Start>;
}

/** What new branches are made from. */
interface Start {
  commit: string;
  /** Branches of the remote and their commits. */
  remoteHeads: ReadonlyMap<string, string>;
}

const sideBySide = 4;

export async function startRun(
  branches: readonly string[],
  common: string,
  options: WorktreesOptions,
): Promise<Run> {
  // From the main checkout: a worktree added from a sparse one would be made as sparse as that.
  const [main] = await listWorktrees(options);
  const git: GitOptions = { cwd: main?.path ?? common, signal: options.signal };
  let start: Promise<Start> | undefined;
  return {
    common,
    git,
    oneAtATime: pLimit(1),
    sideBySide: pLimit(sideBySide),
    heads: await readBranches(branches, git),
    start: () => (start ??= findStart(branches, git, options)),
  };
}

async function findStart(
  branches: readonly string[],
  git: GitOptions,
  { defaultBranch, onWarning }: WorktreesOptions,
): Promise<Start> {
  const trouble = await fetchRemote(git);
  if (trouble !== undefined) {
    onWarning(`New branches start from what was fetched last, because git fetch failed: ${trouble}`);
  }
  const { start: commit } = await findDefaultBranch(defaultBranch, git);
  return { commit, remoteHeads: await readRemoteHeads(branches, git) };
}

export async function readKnown({ common, git }: Run): Promise<Known> {
  return { worktrees: await listWorktrees(git), administrations: await readAdministrations(common) };
}
