import { git, type GitOptions, gitOutput } from '@odoobo/machine/git';

/** What has changed in some paths since a commit was deployed. */
export interface SinceDeployed {
  /** The commit that was deployed last. */
  commit: string;
  /** Commits that have changed the paths since; 0 if HEAD does not differ, even if something was changed and changed back. */
  commits: number;
  /** Files that differ, relative to the root of the repository. */
  files: string[];
}

/**
 * Compares HEAD with a commit that was deployed: by the content of files, so that squashes, rebases and deleted branches
 * do not matter.
 * @param paths relative to `cwd`
 * @throws {GitError} when the commit is not in this clone
 */
export async function changedSince(
  commit: string,
  paths: readonly string[],
  options: GitOptions,
): Promise<SinceDeployed> {
  const listed = await gitOutput(['diff', '--name-only', '-z', commit, 'HEAD', '--', ...paths], options);
  const files = listed.split('\0').filter(Boolean);
  if (files.length === 0) return { commit, commits: 0, files };
  const counted = await gitOutput(['rev-list', '--count', `${commit}..HEAD`, '--', ...paths], options);
  return { commit, commits: Number(counted), files };
}

/**
 * The newest common ancestor of HEAD and some deployed commits: all commits that they lack are newer.
 * @returns undefined where they have no history in common, or this clone is too shallow to know it
 */
export async function commonBase(
  commits: readonly string[],
  options: GitOptions,
): Promise<string | undefined> {
  const { exitCode, stdout } = await git(['merge-base', '--octopus', 'HEAD', ...new Set(commits)], options);
  return exitCode === 0 ? stdout : undefined;
}

/**
 * Whether anything in some paths differs from a commit, committed or not.
 * @param paths relative to `cwd`
 * @throws {GitError} when the commit is not in this clone
 */
export async function differsFrom(
  commit: string,
  paths: readonly string[],
  options: GitOptions,
): Promise<boolean> {
  const changed = ['--literal-pathspecs', 'diff', '--name-only', commit, '--', ...paths];
  if ((await gitOutput(changed, options)) !== '') return true;
  const others = ['--literal-pathspecs', 'ls-files', '--others', '--exclude-standard', '--', ...paths];
  return (await gitOutput(others, options)) !== '';
}
