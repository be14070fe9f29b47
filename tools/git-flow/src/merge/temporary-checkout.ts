import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { git, gitOutput, type GitOptions } from '@odoobo/machine/git';

/** A hook of the person is for folders that they work in. */
const noHooks = ['-c', 'core.hooksPath=/dev/null'];

/** A checkout of any commit, outside the repository, that nobody works in. */
export interface TemporaryCheckout {
  /** Absolute. */
  directory: string;
  /** Changes to another commit. */
  checkOut(commit: string): Promise<void>;
  /** Deletes it, and what git knows of it. */
  remove(): Promise<void>;
}

/**
 * Checks a commit out into a folder of its own among the temporary files. Whoever asks for it removes it, also when
 * interrupted. After a kill -9 it is left to the system's clean-up, and what git knows of it to `git worktree prune`.
 *
 * @throws {GitError} when there is no such commit, or no space
 */
export async function addTemporaryCheckout(commit: string, options: GitOptions): Promise<TemporaryCheckout> {
  const parent = await realpath(await mkdtemp(join(tmpdir(), 'checkout-')));
  const directory = join(parent, basename(options.cwd));
  const remove = async () => {
    // Not under the signal: what was made is removed after Ctrl-C too.
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
