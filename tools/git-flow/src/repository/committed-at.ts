import { type GitOptions, gitOutput } from '@odoobo/machine/git';

/** Only a full hash: anything else that git reads could name another commit. */
const hash = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * When commits were made, in milliseconds since 1970, by two calls to git: their committer's time, which a rebase sets anew.
 * @returns those of the commits that are in this clone
 * @throws {GitError} when git cannot read the repository
 */
export async function committedAt(
  commits: readonly string[],
  options: GitOptions,
): Promise<ReadonlyMap<string, number>> {
  const asked = [...new Set(commits)].filter((commit) => hash.test(commit));
  if (asked.length === 0) return new Map();
  const input = asked.map((commit) => `${commit}^{commit}\n`).join('');
  const here = await gitOutput(['cat-file', '--batch-check=%(objectname) %(objecttype)', '--buffer'], {
    ...options,
    input,
  });
  const found = here.split('\n').flatMap((line) => /^(\w+) commit$/.exec(line)?.[1] ?? []);
  if (found.length === 0) return new Map();
  const listed = await gitOutput(['log', '--no-walk=unsorted', '--format=%H %ct', '--stdin'], {
    ...options,
    input: found.map((commit) => `${commit}\n`).join(''),
  });
  return new Map(
    listed.split('\n').map((line) => {
      const [commit = '', seconds] = line.split(' ');
      return [commit, Number(seconds) * 1000];
    }),
  );
}
