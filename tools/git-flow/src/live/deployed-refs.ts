import { git, GitError, type GitOptions, gitOutput, type GitResult } from '@odoobo/machine/git';
import { setTimeout as delay } from 'node:timers/promises';
import { type RemoteCommand, remoteError, remoteGit, remoteOutput } from '../remotes/remote-error.js';
import { uncommittedOn } from './stand-in.js';

/** A commit that was deployed and verified. */
export interface DeployedCommit {
  /** Such as `local` or `production`. */
  environment: string;
  skill: string;
  /** Full hash. If uncommitted changes were deployed: that of the commit that stands for them (`commitForUncommitted`). */
  commit: string;
  /** The commit that uncommitted changes were deployed on top of; absent where there were none. */
  uncommittedOn?: string;
}

/** What to record of a skill. */
export interface CommitToKeep extends Omit<DeployedCommit, 'uncommittedOn' | 'commit'> {
  /** Undefined deletes the record: the live version has no known commit, or it was deleted. */
  commit: string | undefined;
  /** The deploy found it unchanged, so it does not move a ref back from a descendant, which is live as well. */
  foundLive?: boolean;
}

export interface KeepDeployedOptions extends GitOptions {
  /** A remote that gets the refs too, so that other clones see them. */
  remote?: string | undefined;
}

/** From the value that was read, undefined where there was none, to the new one. */
interface RefChange {
  ref: string;
  from: string | undefined;
  to: string | undefined;
}

/** A place that holds refs, here or on a remote. */
interface RefStore {
  read(): Promise<Map<string, string>>;
  write(changes: readonly RefChange[]): Promise<GitResult>;
  /** Why they were not written, in a sentence. */
  error(result: GitResult): Promise<GitError>;
}

/** Milliseconds that a remote may take for one answer: a deployment waits for it. */
const remoteMs = 20_000;
const mostAttempts = 8;
const firstWaitMs = 100;

/**
 * Records the commits that were deployed last, in `refs/deployed/<environment>/<skill>`: they can be compared with even when
 * no branch has them any more. Each ref is swapped from the value that was read, and refs that are right already are not
 * written: one push at most, whatever the number, and none that loses what another writer has just recorded.
 * @throws {GitError} when they cannot be recorded, with why; the deployments themselves do not depend on it
 */
export async function keepDeployed(
  deployed: readonly CommitToKeep[],
  { remote, ...options }: KeepDeployedOptions,
): Promise<void> {
  if (deployed.length === 0) return;
  await swap(deployed, localRefs(options), options);
  if (remote) await swap(deployed, remoteRefs(remote, options), options);
}

/** Reads which commits were deployed last. @throws {GitError} when the remote cannot be asked */
export async function readDeployed({ remote, ...options }: KeepDeployedOptions): Promise<DeployedCommit[]> {
  if (remote) {
    const flags = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
    const refspec = '+refs/deployed/*:refs/deployed/*';
    await remoteOutput(['fetch', ...flags, remote, refspec], asking(remote, options));
  }
  const format = '--format=%(objectname)%09%(refname)%09%(contents:subject)';
  const listed = await gitOutput(['for-each-ref', format, 'refs/deployed'], options);
  return listed.split('\n').flatMap((line) => {
    const [, commit, environment, skill, subject = ''] =
      /^(\w+)\trefs\/deployed\/([^/\t]+)\/([^\t]+)\t(.*)$/.exec(line) ?? [];
    if (!commit || !environment || !skill) return [];
    const base = uncommittedOn(subject);
    return [{ environment, skill, commit, ...(base !== undefined && { uncommittedOn: base }) }];
  });
}

async function swap(deployed: readonly CommitToKeep[], store: RefStore, options: GitOptions): Promise<void> {
  const { signal } = options;
  for (let attempt = 1; ; attempt += 1) {
    const changes = await changesTo(deployed, await store.read(), options);
    if (changes.length === 0) return;
    const result = await store.write(changes);
    if (result.exitCode === 0) return;
    if (attempt >= mostAttempts || !lostRace(result)) throw await store.error(result);
    await delay(Math.random() * firstWaitMs * 2 ** attempt, undefined, signal && { signal });
  }
}

async function changesTo(
  deployed: readonly CommitToKeep[],
  known: ReadonlyMap<string, string>,
  options: GitOptions,
): Promise<RefChange[]> {
  const changes = await Promise.all(
    deployed.map(async (one) => {
      const ref = refOf(one);
      const from = known.get(ref);
      const stays = from === one.commit || (one.foundLive && (await isBuiltOn(from, one.commit, options)));
      return stays ? [] : [{ ref, from, to: one.commit }];
    }),
  );
  return changes.flat();
}

/** False for a commit that is not in this clone, which cannot be compared. */
async function isBuiltOn(
  from: string | undefined,
  commit: string | undefined,
  options: GitOptions,
): Promise<boolean> {
  if (from === undefined || commit === undefined) return false;
  return (await git(['merge-base', '--is-ancestor', commit, from], options)).exitCode === 0;
}

/** Another writer was faster, or holds the lock. */
function lostRace({ stdout, stderr }: GitResult): boolean {
  return /stale info|cannot lock ref|failed to update ref|already exists/.test(`${stdout}\n${stderr}`);
}

function refOf({ environment, skill }: CommitToKeep): string {
  return `refs/deployed/${environment}/${skill}`;
}

function localRefs(options: GitOptions): RefStore {
  return {
    read: async () =>
      toMap(
        await gitOutput(['for-each-ref', '--format=%(objectname)\t%(refname)', 'refs/deployed'], options),
      ),
    write: (changes) => {
      const lines = changes.map(lineOf);
      return git(['update-ref', '--stdin'], { ...options, input: lines.join('') });
    },
    error: async ({ stderr }) =>
      new GitError(`Could not record which commits were deployed. Git said: ${stderr}`),
  };
}

/** For `git update-ref --stdin`. */
function lineOf({ ref, from = '', to }: RefChange): string {
  if (to === undefined) return `delete ${ref} ${from}\n`;
  return from ? `update ${ref} ${to} ${from}\n` : `create ${ref} ${to}\n`;
}

function asking(remote: string, options: GitOptions): RemoteCommand {
  const failure = `Could not read from ${remote} which commits were deployed`;
  return { ...options, timeoutMs: remoteMs, failure, remote, direction: 'fetch' };
}

function remoteRefs(remote: string, local: GitOptions): RefStore {
  const options = { ...local, timeoutMs: remoteMs };
  return {
    read: async () =>
      toMap(await remoteOutput(['ls-remote', remote, 'refs/deployed/*'], asking(remote, local))),
    write: (changes) => {
      // A lease is a compare-and-swap: it moves the ref from just this value, forward or back, and from no other.
      const leases = changes.map(({ ref, from = '' }) => `--force-with-lease=${ref}:${from}`);
      const refspecs = changes.map(({ ref, to = '' }) => `${to}:${ref}`);
      // The pre-push hook is for branches that people push; these refs hold only what was deployed.
      return remoteGit(
        ['push', '--porcelain', '--no-verify', '--no-follow-tags', ...leases, remote, ...refspecs],
        options,
      );
    },
    error: (result) =>
      remoteError(
        {
          ...options,
          failure: `Could not write to ${remote} which commits were deployed`,
          remote,
          branch: 'refs/deployed',
          direction: 'push',
        },
        result,
      ),
  };
}

function toMap(lines: string): Map<string, string> {
  return new Map(
    lines
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [commit = '', ref = ''] = line.split('\t');
        return [ref, commit];
      }),
  );
}
