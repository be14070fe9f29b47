import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { promisify } from 'node:util';
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
  // Whoever wrote the mark could have written an option.
  if (!/^[0-9a-f]{7,64}$/.test(commit)) return undefined;
  const args = ['-C', folder, 'show', '--no-patch', '--format=%an%x00%s', commit, '--'];
  // None of GIT_*: it would be another repository. HOME, because it may say whose repositories are trusted.
  const env = { PATH: hostPath(), HOME: homedir(), LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' };
  try {
    const { stdout } = await promisify(execFile)('git', args, { env, timeout: answerMs });
    const [author = '', subject = ''] = stdout.trimEnd().split('\0');
    return { author, subject };
  } catch {
    return undefined;
  }
}
