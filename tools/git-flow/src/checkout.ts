import { simpleGit } from 'simple-git';

/** Which state of the code a folder holds. */
export interface Checkout {
  /** Absolute path of the working tree. */
  worktree: string;
  /** Name of the branch; absent where HEAD is detached. */
  branch?: string;
  /** Full hash of HEAD. */
  commit: string;
  /** Whether tracked files differ from HEAD, or untracked ones that are not ignored exist. */
  dirty: boolean;
}

/** Git answers at once or not at all; a hanging file system must not hang a deployment. */
const blockMs = 10_000;

/**
 * Reads what is checked out in a folder. Nothing is changed, not even the index.
 *
 * @returns undefined where there is no git repository, or one without a commit
 * @throws when git itself fails, with its message
 */
export async function readCheckout(directory: string): Promise<Checkout | undefined> {
  const git = simpleGit({ baseDir: directory, timeout: { block: blockMs } });
  if (!(await git.checkIsRepo())) return undefined;
  const [worktree, status] = await Promise.all([
    git.revparse(['--show-toplevel']),
    // Without the lock, so that a person's own git command never meets ours.
    git.raw(['--no-optional-locks', 'status', '--porcelain=v2', '--branch']),
  ]);
  const commit = commitIn(status);
  if (commit === undefined) return undefined;
  const branch = branchIn(status);
  return { worktree, commit, dirty: isDirty(status), ...(branch === undefined ? {} : { branch }) };
}

/** None where HEAD names a branch that has no commit yet. */
function commitIn(status: string): string | undefined {
  return /^# branch\.oid ([0-9a-f]+)$/m.exec(status)?.[1];
}

function branchIn(status: string): string | undefined {
  const name = /^# branch\.head (.+)$/m.exec(status)?.[1];
  return name === '(detached)' ? undefined : name;
}

function isDirty(status: string): boolean {
  return status.split('\n').some((line) => line !== '' && !line.startsWith('#'));
}
