import { git, type GitOptions, gitOutput } from '@odoobo/machine/git';
import { relative } from 'node:path';
import pLimit from 'p-limit';
import { ownFiles } from '../carry/own-files.js';
import { commonDirectory, completeCommonDirs } from './administration.js';
import { fetchRemote } from './default-branch.js';
import { isHeld } from './operations.js';
import { sourceOf, type WorktreesOptions } from './run.js';
import { openStandings, type Standing, type Standings, type StandingWorktree } from './standing.js';
import { deleteBranch } from './unfinished.js';
import { whyKept } from './why-kept.js';
import type { WorktreeRequest, WorktreeResult } from './worktree.js';
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
