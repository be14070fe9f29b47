import { git, type GitOptions } from '@odoobo/machine/git';

/** Who made a commit, and who has signed for it. */
export interface CommitAbout {
  commit: string;
  subject: string;
  /** `Ada <ada@example.com>` */
  author: string;
  /** ISO time of the committer. */
  at: string;
  /** Its trailers that say who approved it, such as `Reviewed-by: Grace <grace@example.com>`. */
  approvals: string[];
}

const approving = ['Reviewed-by', 'Approved-by', 'Acked-by', 'Signed-off-by', 'Merged-by'];
const separator = '\u001f';

/** Undefined for a commit that is not in this clone. @param commit full hash */
export async function readCommit(commit: string, options: GitOptions): Promise<CommitAbout | undefined> {
  if (!/^[0-9a-f]{40,64}$/.test(commit)) return undefined;
  const keys = approving.map((key) => `key=${key}`).join(',');
  const format = ['%H', '%s', '%an <%ae>', '%cI', `%(trailers:${keys},unfold,separator=%x1e)`].join('%x1f');
  const args = ['log', '-1', `--format=${format}`, commit, '--'];
  const { exitCode, stdout } = await git(args, options);
  if (exitCode !== 0) return undefined;
  const [hash = '', subject = '', author = '', at = '', trailers = ''] = stdout.split(separator);
  return { commit: hash, subject, author, at, approvals: trailers.split('\u001e').filter(Boolean) };
}
