import { git, GitError } from '@odoobo/machine/git';

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

/** Milliseconds: git answers at once or not at all, and a hanging file system must not hang a deployment. */
const timeoutMs = 10_000;

/**
 * Reads what is checked out in a folder. Nothing is changed, not even the index.
 *
 * @returns undefined where there is no git repository, or one without a commit
 * @throws {GitError} when git itself fails
 */
export async function readCheckout(directory: string): Promise<Checkout | undefined> {
  const options = { cwd: directory, timeoutMs };
  const [root, status] = await Promise.all([
    git(['rev-parse', '--show-toplevel'], options),
    git(['status', '--porcelain=v2', '--branch'], options),
  ]);
  if (/not a git repository|must be run in a work tree/.test(root.stderr)) return undefined;
  const failed = [root, status].find(({ exitCode }) => exitCode !== 0);
  if (failed) throw new GitError(`Could not read the checkout in ${directory}. Git said: ${failed.stderr}`);
  const commit = commitIn(status.stdout);
  if (commit === undefined) return undefined;
  const branch = branchIn(status.stdout);
  return {
    worktree: root.stdout,
    commit,
    dirty: isDirty(status.stdout),
    ...(branch === undefined ? {} : { branch }),
  };
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
