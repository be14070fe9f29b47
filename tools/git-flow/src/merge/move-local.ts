import { git, type GitOptions } from '@odoobo/machine/git';
import { named } from '../named.js';
import { uncommittedFiles } from '../uncommitted.js';
import { readBranches } from './branches.js';
import { isAncestor } from './in-memory.js';
import type { LocalBranch } from './result.js';

/**
 * Moves a branch of this repository forward to a commit, with the working tree that has it checked out, as
 * `git merge --ff-only` does. A working tree with changes is not touched, and neither is its branch: if the branch moved,
 * everything that was merged would show as a change there.
 *
 * @throws {GitError} when git itself fails
 */
export async function moveLocal(branch: string, to: string, options: GitOptions): Promise<LocalBranch> {
  const head = (await readBranches([branch], options)).get(branch);
  if (!head) return { follows: false, why: `there is no local branch ${branch}` };
  const { commit, worktree } = head;
  if (commit === to) return { follows: true, ...(worktree && { worktree }) };
  if (!(await isAncestor(commit, to, options)))
    return { follows: false, why: `${branch} has commits of its own here`, ...(worktree && { worktree }) };
  if (worktree) return { worktree, ...(await moveCheckedOut(worktree, to, options)) };
  const { exitCode, stderr } = await git(
    ['update-ref', '-m', 'merge: Fast-forward', `refs/heads/${branch}`, to, commit],
    options,
  );
  return exitCode === 0 ? { follows: true } : { follows: false, why: stderr };
}

async function moveCheckedOut(worktree: string, to: string, options: GitOptions): Promise<LocalBranch> {
  const changed = await uncommittedFiles({ ...options, cwd: worktree, untracked: 'no' });
  if (changed.length > 0)
    return { follows: false, why: `${worktree} has uncommitted changes: ${named(changed)}` };
  // Git does not overwrite untracked files either: it refuses, and changes nothing.
  const { exitCode, stderr } = await git(
    ['merge', '--ff-only', '--no-squash', '--no-autostash', '--quiet', to],
    {
      ...options,
      cwd: worktree,
    },
  );
  return exitCode === 0 ? { follows: true } : { follows: false, why: `${worktree}: ${stderr}` };
}
