import { foreignRepository, git, GitError } from '@odoobo/machine/git';
import { hostPath } from '../process/host-path.js';

const answerMs = 3000;

/**
 * Author and subject of a commit, from the repository around a folder.
 * @returns nothing where there is no such repository, or it does not have the commit
 */
export async function readCommit(
  folder: string,
  commit: string,
): Promise<{ author: string; subject: string } | undefined> {
  // The author of the mark could have written an option.
  if (!/^[0-9a-f]{7,64}$/.test(commit)) return undefined;
  const args = ['show', '--no-patch', '--format=%an%x00%s', commit, '--'];
  try {
    const { exitCode, stdout } = await git(args, {
      cwd: folder,
      policy: foreignRepository,
      env: { PATH: hostPath() },
      timeoutMs: answerMs,
    });
    if (exitCode !== 0) return undefined;
    const [author = '', subject = ''] = stdout.split('\0');
    return { author, subject };
  } catch (error) {
    if (error instanceof GitError) return undefined;
    throw error;
  }
}
