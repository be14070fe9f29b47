import { git, GitError, type GitOptions } from '@odoobo/machine/git';

/**
 * The same in all clones and forks of a repository, whatever their names: the hash of its first commit, along the first parents
 * of HEAD.
 * @returns undefined where there is no repository, no commit, or only a part of the history (a shallow clone)
 * @throws {GitError} when git does not answer
 */
export async function repositoryOf(options: GitOptions): Promise<string | undefined> {
  const [shallow, first] = await Promise.all([
    git(['rev-parse', '--is-shallow-repository'], options),
    firstCommit(options),
  ]);
  return shallow.stdout === 'false' ? first : undefined;
}

/** The same for who knows that the clone is not shallow: in one that is, it is the first commit that it has. */
export async function firstCommit(options: GitOptions): Promise<string | undefined> {
  const { stdout } = await git(['rev-list', '--max-parents=0', '--first-parent', 'HEAD'], options);
  return stdout || undefined;
}

/** The user name that git has configured here; undefined where there is none. */
export async function userName(options: GitOptions): Promise<string | undefined> {
  const { stdout } = await git(['config', 'user.name'], options);
  return stdout || undefined;
}

export interface ProvideCommitOptions extends GitOptions {
  /** Full hash. */
  commit: string;
  /** The remote to fetch it from if it is not in this clone; optional. */
  remote?: string | undefined;
}

/** Milliseconds that a remote may take: a deployment waits for it. */
const remoteMs = 20_000;

/**
 * Makes sure that a commit is in this clone. No branch and no ref is changed.
 * @returns whether it is there now
 * @throws the signal's reason when aborted
 */
export async function provideCommit({ commit, remote, ...options }: ProvideCommitOptions): Promise<boolean> {
  // Looked up by its hash only: it may come from others, and git would interpret a name or an option.
  if (!/^[0-9a-f]{40,64}$/.test(commit)) return false;
  if (await isHere(commit, options)) return true;
  if (remote === undefined) return false;
  const flags = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
  try {
    await git(['fetch', ...flags, remote, commit], { ...options, timeoutMs: remoteMs });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
  }
  return isHere(commit, options);
}

async function isHere(commit: string, options: GitOptions): Promise<boolean> {
  return (await git(['cat-file', '-e', `${commit}^{commit}`], options)).exitCode === 0;
}
