import { git, GitError, type GitOptions, type GitResult } from '@odoobo/machine/git';

/** Which commit and which branch a working tree has checked out. */
export interface Head {
  /** Absolute path of the working tree. */
  worktree: string;
  /** Name of the branch; absent where HEAD is detached. */
  branch?: string;
  /** Full hash of HEAD. */
  commit: string;
  /** Whether the clone has only a part of the history. */
  isShallow: boolean;
}

/** Which state of the code a folder holds. */
export interface Checkout extends Head {
  /** Whether tracked files differ from HEAD, or untracked ones that are not ignored exist. */
  dirty: boolean;
}

/** Milliseconds: git answers at once or not at all, and a hanging file system must not hang a deployment. */
const timeoutMs = 10_000;

/**
 * Reads what is checked out in a folder, without reading its files.
 * @returns undefined where there is no git repository, or one without a commit
 * @throws {GitError} when git itself fails
 */
export async function readHead(directory: string): Promise<Head | undefined> {
  const args = ['HEAD', '--symbolic-full-name', 'HEAD', '--is-shallow-repository', '--show-toplevel'];
  const result = await git(['rev-parse', ...args], { cwd: directory, timeoutMs });
  if (/not a git repository|must be run in a work tree|unknown revision/.test(result.stderr))
    return undefined;
  // A path can have line breaks, so it is last.
  const [commit = '', ref = '', shallow, ...worktree] = outputOf(result, directory).split('\n');
  const [, branch] = /^refs\/heads\/(.+)$/.exec(ref) ?? [];
  const isShallow = shallow === 'true';
  return { worktree: worktree.join('\n'), commit, isShallow, ...(branch !== undefined && { branch }) };
}

/**
 * The same, and whether files have uncommitted changes: git looks at every file. Nothing is changed, not even the index.
 * @returns undefined where there is no git repository, or one without a commit
 * @throws {GitError} when git itself fails
 */
export async function readCheckout(directory: string): Promise<Checkout | undefined> {
  const [head, status] = await Promise.all([
    readHead(directory),
    git(['status', '--porcelain'], { cwd: directory, timeoutMs }),
  ]);
  return head && { ...head, dirty: outputOf(status, directory) !== '' };
}

function outputOf({ exitCode, stdout, stderr }: GitResult, directory: string): string {
  if (exitCode === 0) return stdout;
  throw new GitError(`Could not read the checkout in ${directory}. Git said: ${stderr}`);
}

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
