import { setTimeout as delay } from 'node:timers/promises';
import { GitError, type GitOptions, type GitResult } from '@odoobo/machine/git';
import { remoteError, remoteGit } from '../remote-error.js';
import { isAncestor, readTip, type Tip } from './in-memory.js';
import { moveLocal } from './move-local.js';
import type { LocalBranch } from './result.js';

/** How an attempt to land ended; `lost` says why, when somebody else was first or held the lock: it may be tried again. */
export type Landing = { landed: true; local: LocalBranch } | { landed: false; lost: string };

/** The branch that has the last word on what was merged. */
export interface MergeTarget {
  /** `main of origin` */
  name: string;
  /** Its head, now. */
  read(): Promise<Tip>;
  /**
   * Moves it forward, and only if it is still where it was read.
   *
   * @throws when it cannot be moved, however often that is tried
   */
  land(from: string, to: string): Promise<Landing>;
}

/** Milliseconds that a remote may take to answer in full. */
const remoteMs = 120_000;
const mostFetches = 5;
const fetchWaitMs = 200;

/** The branch of the remote, where there is one; else that of this repository. */
export function targetOf(
  { into, remote }: { into: string; remote?: string | undefined },
  options: GitOptions,
): MergeTarget {
  return remote ? remoteTarget(remote, into, options) : localTarget(into, options);
}

/** A branch of a remote. The branch of the same name here follows it, where it can. */
function remoteTarget(remote: string, branch: string, local: GitOptions): MergeTarget {
  const name = `${branch} of ${remote}`;
  const options = { ...local, timeoutMs: remoteMs };
  const asked = { ...local, remote, branch };
  const read = () => fetchTip(remote, branch, options);
  return {
    name,
    read,
    async land(from, to) {
      const pushed = await push(remote, branch, to, options);
      if (pushed.exitCode === 0) return { landed: true, local: await follow(branch, to, local) };
      const now = await read().catch((cause: unknown) => {
        local.signal?.throwIfAborted();
        throw new Error(
          `Whether the merge has landed on ${name} is not known: the push failed, and it cannot be asked. Merge again: what has landed is left alone. Git said: ${verdictOf(pushed)}`,
          { cause },
        );
      });
      // The push may have arrived although its answer did not, and somebody may have built on it since.
      if (await isAncestor(to, now.commit, local))
        return { landed: true, local: await follow(branch, to, local) };
      if (now.commit !== from || isLocked(pushed)) return { landed: false, lost: verdictOf(pushed) };
      throw await remoteError(
        { ...asked, failure: `Could not push ${branch} to ${remote}`, direction: 'push' },
        pushed,
      );
    },
  };
}

/** What has landed has landed, whatever becomes of the branch here. */
async function follow(branch: string, to: string, options: GitOptions): Promise<LocalBranch> {
  try {
    return await moveLocal(branch, to, options);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    return { follows: false, why: error.message };
  }
}

/** A branch of this repository, where there is no remote. */
function localTarget(branch: string, options: GitOptions): MergeTarget {
  const read = () => readTip(`refs/heads/${branch}`, options);
  return {
    name: branch,
    read,
    async land(from, to) {
      const local = await moveLocal(branch, to, options);
      if (local.follows) return { landed: true, local };
      const lost = (await read()).commit !== from || isLocked({ stderr: local.why });
      if (lost) return { landed: false, lost: local.why };
      throw new Error(
        `Nothing was merged into ${branch}: ${local.why}.\nCommit or stash them there, then merge again.`,
      );
    },
  };
}

async function fetchTip(remote: string, branch: string, options: GitOptions): Promise<Tip> {
  const tracking = `refs/remotes/${remote}/${branch}`;
  // What the person has fetched last stays in FETCH_HEAD.
  const flags = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
  const refspec = `+refs/heads/${branch}:${tracking}`;
  for (let attempt = 1; ; attempt += 1) {
    const fetched = await remoteGit(['fetch', ...flags, remote, refspec], options);
    if (fetched.exitCode === 0) return readTip(tracking, options);
    // Another process fetches into the same clone at this moment.
    if (attempt === mostFetches || !isLocked(fetched)) {
      const failure = `Could not fetch ${branch} of ${remote}`;
      throw await remoteError({ ...options, failure, remote, branch, direction: 'fetch' }, fetched);
    }
    await delay(
      fetchWaitMs * Math.random() * attempt,
      undefined,
      options.signal && { signal: options.signal },
    );
  }
}

/** Never forced: a remote that has moved refuses it. The person's own pre-push hook runs, as with any push of theirs. */
function push(remote: string, branch: string, commit: string, options: GitOptions): Promise<GitResult> {
  const args = ['push', '--porcelain', '--no-follow-tags', remote, `${commit}:refs/heads/${branch}`];
  return remoteGit(args, options);
}

/** What the remote said of the branch (`[remote rejected] (cannot lock ref ...)`), or all that git printed. */
function verdictOf({ stdout, stderr }: GitResult): string {
  return /^!\t[^\t]*\t(.*)$/m.exec(stdout)?.[1] ?? stderr;
}

/** Somebody is writing the same ref or index at this moment. */
function isLocked({ stderr }: Pick<GitResult, 'stderr'>): boolean {
  return /cannot lock ref|\.lock': File exists/.test(stderr);
}
