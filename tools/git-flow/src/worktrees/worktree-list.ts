import { git, type GitOptions, gitOutput } from '@odoobo/machine/git';

/** A working tree that git has registered, whether it still exists or not. */
export interface ListedWorktree {
  /** Absolute. */
  path: string;
  /** The first in the list: that of the repository itself. */
  main: boolean;
  /** The entry is the repository itself, which has no working tree. */
  bare?: true;
  /** `skill/pr-review`; undefined if HEAD is detached or broken. */
  branch?: string;
  /** Undefined if HEAD is broken. */
  commit?: string;
  /** Why it is locked; an empty text where no reason was given. */
  locked?: string;
}

const noCommit = /^0+$/;

/** All working trees of a repository, the main one first. @throws {GitError} where there is no repository */
export async function listWorktrees(options: GitOptions): Promise<ListedWorktree[]> {
  const output = await gitOutput(['worktree', 'list', '--porcelain', '-z'], options);
  const entries = output.split('\0\0').filter((entry) => entry !== '');
  return entries.map((entry, index) => parseEntry(entry, index === 0));
}

/** Format: https://git-scm.com/docs/git-worktree#_porcelain_format */
function parseEntry(entry: string, main: boolean): ListedWorktree {
  const fields = new Map(entry.split('\0').map(splitAtSpace));
  const commit = fields.get('HEAD');
  const branch = fields.get('branch')?.replace(/^refs\/heads\//, '');
  const locked = fields.get('locked');
  return {
    path: fields.get('worktree') ?? '',
    main,
    ...(fields.has('bare') && { bare: true }),
    ...(branch !== undefined && { branch }),
    ...(commit !== undefined && !noCommit.test(commit) && { commit }),
    ...(locked !== undefined && { locked }),
  };
}

function splitAtSpace(line: string): [string, string] {
  const space = line.indexOf(' ');
  return space < 0 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)];
}

/** The commit of a full ref name such as `refs/heads/main`; undefined where there is no such ref. */
export async function readRef(ref: string, options: GitOptions): Promise<string | undefined> {
  const { exitCode, stdout } = await git(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], options);
  return exitCode === 0 ? stdout : undefined;
}
