import { git, GitError, type GitOptions, type GitResult } from '@odoobo/machine/git';
import { setTimeout as delay } from 'node:timers/promises';
import { remoteError, remoteGit } from '../remotes/remote-error.js';
import { named } from '../repository/named.js';
import { uncommittedFiles } from '../repository/uncommitted.js';
import { readBranches } from './branches.js';
import { isAncestor, readTip, type Tip } from './in-memory.js';
import type { LocalBranch } from './result.js';

/** The result of an attempt to land; `lost` says why, if another push was faster or held the lock: then a retry may help. */
export type Landing = { landed: true; local: LocalBranch } | { landed: false; lost: string };

/** The branch that is merged into. */
export interface MergeTarget {
  /** `main of origin` */
  name: string;
  /** Its head, now. */
  read(): Promise<Tip>;
  /**
   * Moves it forward, only if it is still at the commit that was read.
   * @throws when it cannot be moved and a retry would not help
   */
  land(from: string, to: string): Promise<Landing>;
}

/** Milliseconds that a remote may take to answer in full. */
const remoteMs = 120_000;
const mostFetches = 5;
const fetchWaitMs = 200;

/** The branch of the remote, if there is one; otherwise that of this repository. */
export function targetOf(
  { into, remote }: { into: string; remote?: string | undefined },
  options: GitOptions,
): MergeTarget {
  return remote ? remoteTarget(remote, into, options) : localTarget(into, options);
}

/** A branch of a remote. The local branch of the same name follows it if possible. */
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
          `It is unknown whether the merge has landed on ${name}: the push failed, and the remote does not answer. Merge again: what has already landed is skipped. Git said: ${verdictOf(pushed)}`,
          { cause },
        );
      });
      // The push may have arrived although its answer was lost, and others may have pushed on top of it since then.
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

/** The merge has landed, whether or not the local branch can follow. */
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
  // FETCH_HEAD keeps the user's own last fetch.
  const flags = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
  const refspec = `+refs/heads/${branch}:${tracking}`;
  for (let attempt = 1; ; attempt += 1) {
    const fetched = await remoteGit(['fetch', ...flags, remote, refspec], options);
    if (fetched.exitCode === 0) return readTip(tracking, options);
    // Another process is fetching into the same clone.
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

/** Never forced: a remote that has moved refuses it. The user's pre-push hook runs, as with every push. */
function push(remote: string, branch: string, commit: string, options: GitOptions): Promise<GitResult> {
  const args = ['push', '--porcelain', '--no-follow-tags', remote, `${commit}:refs/heads/${branch}`];
  return remoteGit(args, options);
}

/** The remote's answer for the branch (`[remote rejected] (cannot lock ref ...)`), or all that git printed. */
function verdictOf({ stdout, stderr }: GitResult): string {
  return /^!\t[^\t]*\t(.*)$/m.exec(stdout)?.[1] ?? stderr;
}

/** Another process is writing the same ref or index. */
function isLocked({ stderr }: Pick<GitResult, 'stderr'>): boolean {
  return /cannot lock ref|\.lock': File exists/.test(stderr);
}

/**
 * Moves a branch of this repository forward to a commit, with the working tree that has it checked out, as
 * `git merge --ff-only` does. A working tree with changes is not touched, and neither is its branch: if the branch moved,
 * everything that was merged would show as a change there.
 * @throws {GitError} when git itself fails
 */
async function moveLocal(branch: string, to: string, options: GitOptions): Promise<LocalBranch> {
  const head = (await readBranches([branch], options)).get(branch);
  if (!head) return { follows: false, why: `there is no local branch ${branch}` };
  const { commit, worktree } = head;
  if (commit === to) return { follows: true, ...(worktree && { worktree }) };
  if (!(await isAncestor(commit, to, options)))
    return { follows: false, why: `${branch} has commits of its own here`, ...(worktree && { worktree }) };
  if (worktree) return { worktree, ...(await moveCheckedOut(worktree, to, options)) };
  const { exitCode, stderr } = await git(
    ['update-ref', '-m', 'merge: Fast-forward', `refs/heads/${branch}`, to, commit],
    options,
  );
  return exitCode === 0 ? { follows: true } : { follows: false, why: stderr };
}

async function moveCheckedOut(worktree: string, to: string, options: GitOptions): Promise<LocalBranch> {
  const changed = await uncommittedFiles({ ...options, cwd: worktree, untracked: 'no' });
  if (changed.length > 0)
    return { follows: false, why: `${worktree} has uncommitted changes: ${named(changed)}` };
  // Git does not overwrite untracked files either: it refuses, and changes nothing.
  const { exitCode, stderr } = await git(
    ['merge', '--ff-only', '--no-squash', '--no-autostash', '--quiet', to],
    {
      ...options,
      cwd: worktree,
    },
  );
  return exitCode === 0 ? { follows: true } : { follows: false, why: `${worktree}: ${stderr}` };
}
