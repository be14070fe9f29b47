import { git as runGit, type GitOptions } from '@odoobo/machine/git';
import { isAncestor } from '../merge/in-memory.js';

export interface WasRewrittenOptions extends GitOptions {
  /** Full hash of the commit that the branch no longer has. */
  from: string;
  /** Full hash of the head of the branch. */
  commit: string;
  branch: string;
}

/** What git writes into the reflog of a branch when its last commit is amended, or it is rebased. */
const rewriting = /^commit \(amend\): |\(finish\): /;

/**
 * Whether a commit of a branch was amended or rebased in this clone into the branch's current head: then its author has replaced
 * it. Read from the branch's reflog.
 * @throws {GitError} when git does not answer in time
 */
export async function wasRewritten({ from, commit, branch, ...git }: WasRewrittenOptions): Promise<boolean> {
  const { stdout } = await runGit(['log', '-g', '--format=%H %gs', `refs/heads/${branch}`], git);
  const entries = stdout.split('\n').map((line) => ({
    commit: line.slice(0, line.indexOf(' ')),
    how: line.slice(line.indexOf(' ') + 1),
  }));
  // The newest is first: each entry became the one before it. A rewritten commit may have been rewritten again.
  let now = from;
  for (let index = entries.length - 1; index > 0; index -= 1) {
    const next = entries[index - 1];
    if (entries[index]?.commit === now && next && rewriting.test(next.how)) now = next.commit;
  }
  return now !== from && isAncestor(now, commit, git);
}
