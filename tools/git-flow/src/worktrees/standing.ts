import { type GitOptions, gitOutput } from '@odoobo/machine/git';
import { readBranches } from '../merge/branches.js';
import { uncommittedFiles } from '../repository/uncommitted.js';
import { readGitLink } from './administration.js';
import { type DefaultBranch, findDefaultBranch } from './default-branch.js';
import { operationIn } from './operations.js';
import { type ListedWorktree, listWorktrees } from './worktree-list.js';

/** How a skill's branch compares with the default branch, and what its worktree holds. */
export interface Standing {
  skill: string;
  branch: string;
  /** The head of the branch; undefined if the branch does not exist. */
  commit?: string | undefined;
  /** Commits that the default branch lacks. */
  ahead: number;
  /** Commits of the default branch that it lacks. */
  behind: number;
  /** Commits that no remote has; 0 where there is no remote. */
  unpushed: number;
  /** Undefined if the branch has no worktree. */
  worktree?: StandingWorktree | undefined;
}

export interface StandingWorktree extends Pick<ListedWorktree, 'path' | 'main'> {
  /** Why it is locked; an empty text where no reason was given. */
  locked?: string | undefined;
  /** Uncommitted changes, including untracked files; undefined if the worktree is broken. */
  changes?: number | undefined;
  /** The files with these changes; a folder of untracked files is named once. Undefined if the worktree is broken. */
  changed?: readonly string[] | undefined;
  /** An operation in progress, such as `a merge`. */
  underWay?: string | undefined;
}

export interface Standings {
  defaultBranch: DefaultBranch;
  /** Reads the state of one skill. */
  read(skill: string, branch: string): Promise<Standing>;
}

/** Reads branches and worktrees. Changes nothing, and contacts no remote. @throws where there is no default branch */
export async function openStandings(
  branches: readonly string[],
  fallback: string,
  options: GitOptions,
): Promise<Standings> {
  const [worktrees, heads, defaultBranch] = await Promise.all([
    listWorktrees(options),
    readBranches(branches, options),
    findDefaultBranch(fallback, options),
  ]);
  return {
    defaultBranch,
    async read(skill, branch) {
      const commit = heads.get(branch)?.commit;
      const worktree = worktrees.find((one) => one.branch === branch);
      const [distances, inside] = await Promise.all([
        commit === undefined ? noDistances : distancesOf(commit, defaultBranch, options),
        worktree && lookInside(worktree, options),
      ]);
      return { skill, branch, commit, ...distances, worktree: inside };
    },
  };
}

const noDistances = { ahead: 0, behind: 0, unpushed: 0 };

async function distancesOf(commit: string, { heads, start, remote }: DefaultBranch, options: GitOptions) {
  const count = async (...revisions: string[]) =>
    Number(await gitOutput(['rev-list', '--count', ...revisions], options));
  const [ahead, behind, unpushed] = await Promise.all([
    count(commit, '--not', ...heads),
    count(start, '--not', commit),
    remote ? count(commit, '--not', '--remotes') : 0,
  ]);
  return { ahead, behind, unpushed };
}

async function lookInside(worktree: ListedWorktree, options: GitOptions): Promise<StandingWorktree> {
  const { path, main, locked } = worktree;
  const link = await readGitLink(path);
  // Git cannot read a broken worktree; a repository above it could answer instead.
  if (link === 'missing' || link === 'broken') return { path, main, locked };
  const there = { ...options, cwd: path };
  const [changed, underWay] = await Promise.all([
    uncommittedFiles({ ...there, untracked: 'folders' }),
    typeof link === 'object' ? operationIn(link.target) : undefined,
  ]);
  return { path, main, locked, changes: changed.length, changed, underWay };
}
