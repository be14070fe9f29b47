import { git, type GitOptions, gitOutput } from '@odoobo/machine/git';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** Hooks run only in the user's own working trees. */
const noHooks = ['-c', 'core.hooksPath=/dev/null'];

/** A temporary checkout of any commit, outside the repository. */
export interface TemporaryCheckout {
  /** Absolute. */
  directory: string;
  /** Changes to another commit. */
  checkOut(commit: string): Promise<void>;
  /** Deletes it, and git's registration of it. */
  remove(): Promise<void>;
}

/**
 * Checks out a commit into a temporary folder. The caller removes it, also when interrupted. After a kill -9 the system's
 * clean-up deletes the folder, and `git worktree prune` its registration.
 * @throws {GitError} when there is no such commit, or no space
 */
export async function addTemporaryCheckout(commit: string, options: GitOptions): Promise<TemporaryCheckout> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'checkout-')));
  const directory = join(parent, basename(options.cwd));
  const remove = async () => {
    // Without the signal: it is removed after Ctrl-C too.
    await git(['worktree', 'remove', '--force', directory], { cwd: options.cwd });
    await rm(parent, { recursive: true, force: true });
  };
  try {
    await gitOutput([...noHooks, 'worktree', 'add', '--quiet', '--detach', directory, commit], options);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    directory,
    remove,
    async checkOut(other) {
      const args = ['checkout', '--quiet', '--detach', '--force', other];
      await gitOutput([...noHooks, ...args], { ...options, cwd: directory });
    },
  };
}
