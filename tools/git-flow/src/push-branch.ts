import { git, gitOutput, type GitOptions } from './git.js';

export interface PushBranchOptions extends Pick<GitOptions, 'cwd' | 'signal'> {
  /** Name of the remote. */
  remote: string;
  branch: string;
  /** Full hash of what the branch is to be at. */
  commit: string;
}

/** The remote's branch holds commits that would be lost, or what would be pushed is not what is checked out there. */
export class PushRefusedError extends Error {
  override readonly name = 'PushRefusedError';
}

/**
 * Brings a branch of a remote to a commit, by fast-forward only.
 *
 * @returns whether anything had to be pushed
 * @throws {PushRefusedError} when the remote's branch is not an ancestor of the commit, or a hook or a rule refuses it
 * @throws {GitError} when the remote cannot be reached
 */
export async function pushBranch(options: PushBranchOptions): Promise<boolean> {
  const { remote, branch, commit, cwd, signal } = options;
  if ((await remoteHead(options)) === commit) return false;
  // Without a leading "+", git itself refuses what is no fast-forward.
  const args = ['push', '--porcelain', remote, `${commit}:refs/heads/${branch}`];
  const { exitCode, stdout, stderr } = await git(args, { cwd, signal });
  if (exitCode === 0) return true;
  throw new PushRefusedError(`${branch} was not pushed to ${remote}: ${refusal(options, stdout, stderr)}`);
}

/** Why, in git's words, with those of the remote's hooks. */
function refusal({ remote, branch }: PushBranchOptions, stdout: string, stderr: string): string {
  const told = /^!.*\t(.*)$/m.exec(stdout)?.[1];
  if (told?.startsWith('[rejected]')) {
    return `${told}. Fetch it and merge it first: git pull ${remote} ${branch}`;
  }
  const hooks = [...stderr.matchAll(/^remote: (.*\S)\s*$/gm)].map(([, line]) => line);
  return told ? [told, ...hooks].join('; ') : stderr;
}

/**
 * Where a branch of a remote is now, as the remote says; undefined where it has no such branch.
 *
 * @throws {GitError} when the remote cannot be reached
 */
export async function remoteHead({
  remote,
  branch,
  cwd,
  signal,
}: Omit<PushBranchOptions, 'commit'>): Promise<string | undefined> {
  const listed = await gitOutput(['ls-remote', remote, `refs/heads/${branch}`], { cwd, signal });
  return /^[0-9a-f]+/.exec(listed)?.[0];
}

/** The URL of a remote as git uses it; undefined where there is no such remote. */
export async function remoteUrl(
  remote: string,
  options: Pick<GitOptions, 'cwd' | 'signal'>,
): Promise<string | undefined> {
  const { exitCode, stdout } = await git(['remote', 'get-url', remote], options);
  return exitCode === 0 ? stdout : undefined;
}

/**
 * The URLs of all remotes as git uses them, by name.
 *
 * @throws {GitError} where there is no repository
 */
export async function readRemotes(options: Pick<GitOptions, 'cwd' | 'signal'>): Promise<Map<string, string>> {
  const lines = (await gitOutput(['remote', '--verbose'], options)).split('\n');
  const remotes = lines.map((line) => /^(.+)\t(.+) \(fetch\)/.exec(line));
  return new Map(remotes.flatMap((match) => (match ? [[match[1] ?? '', match[2] ?? '']] : [])));
}
