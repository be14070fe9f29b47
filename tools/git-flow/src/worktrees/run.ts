import { git as runGit, type GitOptions } from '@odoobo/machine/git';
import { dirname, join } from 'node:path';
import pLimit, { type LimitFunction } from 'p-limit';
import { type CarryRules, findFiles } from '../carry/find-files.js';
import { hooksInside } from '../carry/hooks.js';
import { type BranchHead, readBranches } from '../merge/branches.js';
import { readAdministrations } from './administration.js';
import { fetchRemote, findDefaultBranch, readRemoteHeads } from './default-branch.js';
import type { Known } from './examine.js';
import { readLinks } from './moved.js';
import type { WorktreeRequest } from './worktree.js';
import { type ListedWorktree, listWorktrees } from './worktree-list.js';

export interface WorktreesOptions {
  /** A folder in any checkout of the repository. */
  cwd: string;
  /** The workspace, from the root of the repository; empty where it is the root. */
  workspace: string;
  signal: AbortSignal;
  /** The default branch if the remote does not report one. */
  defaultBranch: string;
  /**
   * Waits until this run is the only one on this machine that makes or removes worktrees of the repository: git itself
   * loses some of those that are made at the same time.
   */
  claim: (signal: AbortSignal) => Promise<{ release(): Promise<void> }>;
  /** Which ignored files each worktree gets. */
  carry: CarryRules;
  /** A command and its arguments, run once in each new worktree. */
  postCreate?: readonly string[] | undefined;
  onWarning: (message: string) => void;
  /** Called for each step beyond creating a worktree, and with the output of a command. */
  onNotice: (message: string) => void;
}

/** Shared by all worktrees of a run. */
export interface Run {
  common: string;
  /** The folder in which this runs. */
  cwd: string;
  /** Undefined if there is no checkout to carry from. */
  source: Source | undefined;
  git: GitOptions;
  /** For commands of which git must run only one at a time. */
  oneAtATime: LimitFunction;
  /** For work that reads or writes the files of a worktree. */
  sideBySide: LimitFunction;
  /** The existing branches. */
  heads: ReadonlyMap<string, BranchHead>;
  warn: (message: string) => void;
  /** Whether a new worktree has a command to run. */
  postCreate: boolean;
  /** Fetches from the remote, once, and only when there is a branch to create. */
  start: () => Promise<Start>;
}

/** The files without a copy in git that worktrees get. */
export interface Source {
  /** Root of the checkout from which they are carried. */
  root: string;
  /** The folder of its hooks, from the root; undefined if all checkouts share them. */
  hooks: string | undefined;
  /** Paths from the root. */
  files: readonly string[];
}

/** The start of new branches. */
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
  // From the main checkout: a worktree added from a sparse one would be equally sparse.
  const [main] = await listWorktrees(options);
  const git: GitOptions = { cwd: main?.path ?? common, signal: options.signal };
  let start: Promise<Start> | undefined;
  return {
    common,
    cwd: options.cwd,
    warn: options.onWarning,
    source: await readSource(await sourceOf(main, options), options),
    git,
    oneAtATime: pLimit(1),
    sideBySide: pLimit(sideBySide),
    heads: await readBranches(branches, git),
    postCreate: options.postCreate !== undefined && options.postCreate.length > 0,
    start: () => (start ??= findStart(branches, git, options)),
  };
}

/** The main checkout; for a bare repository, the one in which this runs. */
export async function sourceOf(
  main: ListedWorktree | undefined,
  { cwd, signal }: Pick<WorktreesOptions, 'cwd' | 'signal'>,
): Promise<string | undefined> {
  if (main && !main.bare) return main.path;
  const { exitCode, stdout } = await runGit(['rev-parse', '--show-toplevel'], { cwd, signal });
  return exitCode === 0 ? stdout : undefined;
}

async function readSource(
  root: string | undefined,
  { carry: rules, signal }: WorktreesOptions,
): Promise<Source | undefined> {
  if (root === undefined) return undefined;
  const git = { cwd: root, signal };
  const hooks = await hooksInside(root, git);
  return { root, hooks, files: await findFiles({ checkout: root, source: root, rules, folder: hooks }, git) };
}

async function findStart(
  branches: readonly string[],
  git: GitOptions,
  { defaultBranch, onWarning }: WorktreesOptions,
): Promise<Start> {
  const trouble = await fetchRemote(git);
  if (trouble !== undefined) {
    onWarning(`New branches start from the last fetched state: ${trouble}`);
  }
  const { start: commit } = await findDefaultBranch(defaultBranch, git);
  return { commit, remoteHeads: await readRemoteHeads(branches, git) };
}

/** Folders in a checkout in which tools keep worktrees. */
const usualFolders = ['.worktrees', '.claude/worktrees'];

/** Git's records, and the `.git` files of worktrees, of folders beside them, and of those around this run. */
export async function readKnown(
  { common, git, cwd }: Run,
  requests: readonly WorktreeRequest[],
): Promise<Known> {
  const administrations = await readAdministrations(common);
  const bases = requests.map(({ path }) => dirname(path));
  const places = administrations.flatMap(({ worktree }) => (worktree === undefined ? [] : dirname(worktree)));
  const inside = ['', ...usualFolders].map((folder) => join(git.cwd, folder));
  const beside = [...bases, ...bases.map((base) => dirname(base)), ...places, ...inside];
  const links = await readLinks(beside, withParents(cwd));
  return { worktrees: await listWorktrees(git), administrations, links };
}

/** A folder and its parents: this run may have been started inside a moved worktree. */
function withParents(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [] : [folder, ...withParents(parent)];
}
