import { git, type GitOptions, gitOutput } from '@odoobo/machine/git';
import { relative } from 'node:path';
import pLimit from 'p-limit';
import { ownFiles } from '../carry/own-files.js';
import { named } from '../repository/named.js';
import { commonDirectory, completeCommonDirs } from './administration.js';
import { fetchRemote } from './default-branch.js';
import { isHeld } from './operations.js';
import { sourceOf, type WorktreesOptions } from './run.js';
import { openStandings, type Standing, type Standings, type StandingWorktree } from './standing.js';
import { deleteBranch } from './unfinished.js';
import { quoted, type WorktreeRequest, type WorktreeResult } from './worktree.js';
import { listWorktrees } from './worktree-list.js';

export interface RemoveOptions extends WorktreesOptions {
  /** The command that lands the branch of a skill. */
  mergeCommand: (skill: string) => string;
  /** Ends the processes of a worktree, just before it is removed. */
  onRemove: (path: string) => Promise<void>;
}

/**
 * Removes worktrees and branches of skills whose branch is merged and whose worktree is clean. For all others it reports
 * what would be lost, including carried files whose content exists only there. Other ignored files are deleted with their
 * worktree; branches of the remote stay.
 * @throws where there is no repository or no default branch, or the claim is not granted
 */
export async function removeWorktrees(
  requests: readonly WorktreeRequest[],
  options: RemoveOptions,
): Promise<WorktreeResult[]> {
  const { release } = await options.claim(options.signal);
  try {
    const common = await commonDirectory(options);
    await completeCommonDirs(common);
    const [main] = await listWorktrees(options);
    const from = { cwd: main?.path ?? common, signal: options.signal };
    const trouble = await fetchRemote(from);
    if (trouble !== undefined) options.onWarning(`Merges since the last fetch cannot be seen: ${trouble}`);
    const branches = requests.map(({ branch }) => branch);
    const standings = await openStandings(branches, options.defaultBranch, from);
    const remover = new Remover(options, from, common, standings, await sourceOf(main, options));
    const oneAtATime = pLimit(1);
    return await Promise.all(requests.map((request) => oneAtATime(() => remover.remove(request))));
  } finally {
    await release();
  }
}

class Remover {
  constructor(
    readonly options: RemoveOptions,
    readonly git: GitOptions,
    readonly common: string,
    readonly standings: Standings,
    /** Root of the checkout that files were carried from. */
    readonly source: string | undefined,
  ) {}

  async remove({ skill, branch, path }: WorktreeRequest): Promise<WorktreeResult> {
    const result: WorktreeResult = { skill, branch, path };
    try {
      const standing = await this.standings.read(skill, branch);
      result.path = standing.worktree?.path ?? path;
      return { ...result, action: await this.#removeOne(standing) };
    } catch (error) {
      return { ...result, error };
    }
  }

  async #removeOne(standing: Standing): Promise<'removed' | 'absent'> {
    const { branch, commit, worktree } = standing;
    if (commit === undefined) return 'absent';
    if (await isHeld(branch, this.common)) {
      throw new Error(`${branch} is kept: a rebase or a bisection of it is in progress. Finish it first.`);
    }
    const own = worktree?.changes === undefined ? [] : await this.#ownFiles(worktree);
    const kept = whyKept(
      standing,
      this.standings.defaultBranch.name,
      own,
      this.options.mergeCommand(standing.skill),
    );
    if (kept !== undefined) throw new Error(kept);
    if (worktree) await this.#removeFolder(worktree);
    if (!(await deleteBranch(branch, commit, this.git))) {
      throw new Error(`${branch} has moved meanwhile, so the branch was kept. Run it again.`);
    }
    await git(['config', '--remove-section', `branch.${branch}`], this.git);
    return 'removed';
  }

  /** Nothing is removed from the main checkout. */
  async #ownFiles({ path, main }: StandingWorktree): Promise<string[]> {
    if (main || this.source === undefined || path === this.source) return [];
    return ownFiles(path, this.source, this.options.carry, this.git);
  }

  /** Git checks once more, and refuses if something was changed in between. */
  async #removeFolder({ path }: StandingWorktree): Promise<void> {
    if (!relative(path, this.options.cwd).startsWith('..')) {
      throw new Error(`${path} is the worktree that this command runs in. Run it in the main checkout.`);
    }
    await this.options.onRemove(path);
    await gitOutput(['-c', 'status.showUntrackedFiles=normal', 'worktree', 'remove', path], this.git);
  }
}

/**
 * What would be lost with a skill's branch and worktree, and what to do about that.
 * @param own ignored files whose content exists only in this worktree
 * @param mergeCommand what lands the branch
 * @returns undefined when nothing would be lost
 */
function whyKept(
  standing: Standing,
  defaultBranch: string,
  own: readonly string[],
  mergeCommand: string,
): string | undefined {
  const { branch, worktree } = standing;
  if (worktree?.main) return `${branch} is kept: it is checked out in the main checkout.`;
  const reasons = [
    ...commitsLost(standing, defaultBranch, mergeCommand),
    ...(worktree ? [...workLost(worktree), ...filesLost(worktree, own)] : []),
  ];
  if (reasons.length === 0) return undefined;
  const remove = worktree ? `git worktree remove --force ${quoted(worktree.path)} && ` : '';
  return [
    `${branch} is kept:`,
    ...reasons.map((reason) => `  ${reason}`),
    `  To discard it: ${remove}git branch -D ${quoted(branch)}`,
  ].join('\n');
}

function commitsLost(
  { branch, ahead, unpushed }: Standing,
  defaultBranch: string,
  mergeCommand: string,
): string[] {
  if (ahead === 0) return [];
  const pushed =
    unpushed === 0
      ? ''
      : `, and ${unpushed === ahead ? 'no remote has them' : `${unpushed} of them are on no remote`}`;
  return [
    `${count(ahead, 'commit')} not in ${defaultBranch}${pushed}. See: git log ${quoted(`${defaultBranch}..${branch}`)}. Land: ${mergeCommand}`,
  ];
}

function workLost({ path, locked, changes, changed = [], underWay }: StandingWorktree): string[] {
  const at = `git -C ${quoted(path)}`;
  return [
    ...(changes === undefined
      ? ['its folder is missing or broken. Repair it first: run worktree without --remove']
      : []),
    ...(changes ? [`${count(changes, 'uncommitted change')}: ${named(changed)}. See: ${at} status`] : []),
    ...(underWay === undefined ? [] : [`${underWay} in progress. See: ${at} status`]),
    ...(locked === undefined
      ? []
      : [`locked${locked && ` (${locked})`}. Unlock: git worktree unlock ${quoted(path)}`]),
  ];
}

function filesLost({ path }: StandingWorktree, own: readonly string[]): string[] {
  if (own.length === 0) return [];
  return [
    `ignored by git, with content that exists only here: ${named(own)}. Copy what you need from ${quoted(path)}`,
  ];
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
