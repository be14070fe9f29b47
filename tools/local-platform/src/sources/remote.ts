import type { Git } from './git.js';
import type { Branch } from './git-source.js';

/** How long a host may take to name its branches. */
const lookMs = 60_000;

/** @returns the commit at the head of a branch @throws GitError, DeadlineError, Error when there is no such branch */
export async function findHead(git: Git, { url, branch }: Branch, signal: AbortSignal): Promise<string> {
  const ref = branch === undefined ? 'HEAD' : `refs/heads/${branch}`;
  const head = (await findHeads(git, url, [ref], signal)).get(ref);
  if (head !== undefined) return head;
  throw new Error('there is no such branch. Push it, or correct its name in the spec.');
}

/** The commits of several refs, asked for at once; a ref that is not there is missing. */
export async function findHeads(
  git: Git,
  url: string,
  refs: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const printed = await git.run(['ls-remote', '--quiet', '--', url, ...refs], {
    signal,
    deadlineMs: lookMs,
    url,
  });
  const lines = printed.matchAll(/^([0-9a-f]{40}|[0-9a-f]{64})\t(\S+)$/gm);
  return new Map([...lines].map(([, commit = '', ref = '']) => [ref, commit]));
}
