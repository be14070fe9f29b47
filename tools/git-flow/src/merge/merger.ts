import { git, GitError, type GitOptions, gitOutput } from '@odoobo/machine/git';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ObjectWriter } from './object-writer.js';
import { TreeStore } from './tree-store.js';

export interface NewCommit {
  tree: string;
  parents: readonly string[];
  message: string;
}

/** Shared by all merges in one repository. */
export interface Merger extends GitOptions {
  trees: TreeStore;
  /** @returns the hash of the new commit */
  write(commit: NewCommit): Promise<string>;
  /** Ends its git processes; call it after the last merge. Safe to repeat. */
  close(): Promise<void>;
}

/**
 * Prepares to merge, and checks for everything that would stop the first merge.
 * @throws when git has no identity configured, or this clone is shallow
 */
export async function prepareMerger(options: GitOptions): Promise<Merger> {
  const author = await identity('GIT_AUTHOR_IDENT', options);
  const committer = await identity('GIT_COMMITTER_IDENT', options);
  if ((await gitOutput(['rev-parse', '--is-shallow-repository'], options)) === 'true') {
    throw new Error(
      'This clone is shallow, so there is not enough history to merge by. Run: git fetch --unshallow',
    );
  }
  const sign = await git(['config', '--type=bool', '--get', 'commit.gpgSign'], options);
  const folder = await mkdtemp(join(tmpdir(), 'merge-'));
  const trees = new TreeStore(folder, options);
  const commits = sign.stdout === 'true' ? undefined : new ObjectWriter('commit', folder, options);
  return {
    ...options,
    trees,
    write: (commit) =>
      commits ? commits.write(formatCommit(commit, author, committer)) : writeSigned(commit, options),
    close: async () => {
      trees.close();
      commits?.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function identity(variable: string, options: GitOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await git(['var', variable], options);
  if (exitCode === 0) return stdout;
  throw new Error(
    'Git has no identity configured. Set one: git config user.name "<your name>" && git config user.email "<your address>"',
    { cause: new GitError(stderr) },
  );
}

/**
 * In UTF-8. Format: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects#_git_commit_objects
 * @param author as `git var GIT_AUTHOR_IDENT` prints it: `Name <address> 1700000000 +0100`
 */
function formatCommit({ tree, parents, message }: NewCommit, author: string, committer: string): string {
  const from = parents.map((parent) => `parent ${parent}`);
  const head = [`tree ${tree}`, ...from, `author ${author}`, `committer ${committer}`];
  return `${head.join('\n')}\n\n${message.trimEnd()}\n`;
}

/** commit-tree ignores commit.gpgSign. */
function writeSigned({ tree, parents, message }: NewCommit, options: GitOptions): Promise<string> {
  const from = parents.flatMap((parent) => ['-p', parent]);
  return gitOutput(['commit-tree', '-S', ...from, '-m', message, tree], options);
}
