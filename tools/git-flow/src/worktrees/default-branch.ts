import { git, type GitOptions, gitOutput } from '@odoobo/machine/git';
import { RemoteError, remoteOutput } from '../remotes/remote-error.js';
import { remoteUrl } from '../remotes/remotes.js';
import { readRef } from './worktree-list.js';

/** The branch that skill branches start from and merge into. */
export interface DefaultBranch {
  /** `main` */
  name: string;
  /** Its head here and, as of the last fetch, at the remote. */
  heads: readonly string[];
  /** The head that contains the other one too; that of the remote if both have their own commits. */
  start: string;
  /** Whether a remote has it. */
  remote: boolean;
}

/** Milliseconds that a remote may take. */
const fetchMs = 30_000;

const remote = 'origin';

/**
 * Finds the default branch: the one that the remote reports, otherwise `fallback`.
 * @param fallback such as `main`, or `origin/main`
 * @throws when neither exists, with what to do
 */
export async function findDefaultBranch(fallback: string, options: GitOptions): Promise<DefaultBranch> {
  const head = await git(['symbolic-ref', '--quiet', '--short', `refs/remotes/${remote}/HEAD`], options);
  const name = (head.exitCode === 0 ? head.stdout : fallback).replace(`${remote}/`, '');
  const [here, there] = await Promise.all([
    readRef(`refs/heads/${name}`, options),
    readRef(`refs/remotes/${remote}/${name}`, options),
  ]);
  const start = there && here ? await later(here, there, options) : (there ?? here);
  if (start === undefined) {
    throw new Error(
      `There is no branch "${name}" with a commit to start from. Name the default branch: "defaultBase" in nx.json, or git remote set-head ${remote} --auto`,
    );
  }
  return { name, heads: [here, there].flatMap((head) => head ?? []), start, remote: there !== undefined };
}

async function later(here: string, there: string, options: GitOptions): Promise<string> {
  const { exitCode } = await git(['merge-base', '--is-ancestor', there, here], options);
  return exitCode === 0 ? here : there;
}

/**
 * Fetches from the remote, where there is one.
 * @returns why that failed, with advice, in a sentence; undefined when it did not
 */
export async function fetchRemote(options: GitOptions): Promise<string | undefined> {
  if ((await remoteUrl(remote, options)) === undefined) return undefined;
  // FETCH_HEAD keeps the user's own last fetch.
  const flags = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
  const asked = { ...options, timeoutMs: fetchMs, failure: `Could not fetch from ${remote}`, remote };
  try {
    await remoteOutput(['fetch', ...flags, remote], { ...asked, direction: 'fetch' });
    return undefined;
  } catch (error) {
    if (error instanceof RemoteError) return error.message;
    throw error;
  }
}

/** The named branches that the remote has, as of the last fetch, and their commits. */
export async function readRemoteHeads(
  branches: readonly string[],
  options: GitOptions,
): Promise<Map<string, string>> {
  const prefix = `refs/remotes/${remote}/`;
  const refs = branches.map((branch) => `${prefix}${branch}`);
  const args = ['for-each-ref', '--format=%(objectname) %(refname)', ...refs];
  const lines = (await gitOutput(args, options)).split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const [commit = '', ref = ''] = line.split(' ');
      return [ref.slice(prefix.length), commit];
    }),
  );
}
