import { git as runGit, type GitOptions } from '@odoobo/machine/git';
import { isAncestor } from '../merge/in-memory.js';

export interface WasRewrittenOptions extends GitOptions {
  /** Full hash of the commit that is gone from the branch. */
  from: string;
  /** Full hash of what the branch is at. */
  commit: string;
  branch: string;
}

/** What git writes into the log of a branch when somebody amends its last commit, or has rebased it. */
const rewriting = /^commit \(amend\): |\(finish\): /;

/**
 * Whether somebody has amended or rebased a commit of a branch here, into what the branch is at now. It was their own, and
 * they have replaced it themselves. Known from the log that git keeps of the branch in this clone.
 *
 * @throws {GitError} when git does not answer in time
 */
export async function wasRewritten({ from, commit, branch, ...git }: WasRewrittenOptions): Promise<boolean> {
  const { stdout } = await runGit(['log', '-g', '--format=%H %gs', `refs/heads/${branch}`], git);
  const entries = stdout.split('\n').map((line) => ({
    commit: line.slice(0, line.indexOf(' ')),
    how: line.slice(line.indexOf(' ') + 1),
  }));
  // The newest is first: the entry before one is what came of it. What was rewritten may have been rewritten again.
  let now = from;
  for (let index = entries.length - 1; index > 0; index -= 1) {
    const next = entries[index - 1];
    if (entries[index]?.commit === now && next && rewriting.test(next.how)) now = next.commit;
  }
  return now !== from && isAncestor(now, commit, git);
}
