import type { GitOptions } from '@odoobo/machine/git';
import { remoteOutput } from './remote-error.js';

export interface PushBranchOptions extends Pick<GitOptions, 'cwd' | 'signal'> {
  /** Name of the remote. */
  remote: string;
  branch: string;
  /** Full hash of the commit that the branch is moved to. */
  commit: string;
}

/**
 * Moves a branch of a remote to a commit, by fast-forward only.
 * @returns whether anything had to be pushed
 * @throws {RemoteError} when the remote's branch is not an ancestor of the commit, a hook or a rule refuses it, or the remote
 * cannot be reached or written to
 */
export async function pushBranch(options: PushBranchOptions): Promise<boolean> {
  const { remote, branch, commit, cwd, signal } = options;
  if ((await remoteHead(options)) === commit) return false;
  // Without a leading "+", git itself refuses anything but a fast-forward.
  const args = ['push', '--porcelain', remote, `${commit}:refs/heads/${branch}`];
  const failure = `Could not push ${branch} to ${remote}`;
  await remoteOutput(args, { failure, remote, branch, direction: 'push', cwd, signal });
  return true;
}

/**
 * The commit of a remote's branch, as the remote reports it now; undefined where it has no such branch.
 * @throws {RemoteError} when the remote cannot be reached
 */
export async function remoteHead({
  remote,
  branch,
  cwd,
  signal,
}: Omit<PushBranchOptions, 'commit'>): Promise<string | undefined> {
  const failure = `Could not read ${branch} from ${remote}`;
  const asked = { failure, remote, branch, direction: 'fetch', cwd, signal } as const;
  const listed = await remoteOutput(['ls-remote', remote, `refs/heads/${branch}`], asked);
  return /^[0-9a-f]+/.exec(listed)?.[0];
}
