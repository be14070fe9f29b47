import { setTimeout as delay } from 'node:timers/promises';
import { git, GitError, gitOutput, type GitOptions, type GitResult } from './git.js';

/** A commit that was deployed and verified. */
export interface DeployedCommit {
  /** Such as `local` or `production`. */
  environment: string;
  skill: string;
  /** Full hash. */
  commit: string;
}

export interface KeepDeployedOptions extends GitOptions {
  /** Where the refs go as well, so that other clones see them. */
  remote?: string | undefined;
}

/** A place that holds refs, here or on a remote. */
interface RefStore {
  read(): Promise<Map<string, string>>;
  /** Each ref from the value that was read to the new one; none: it was not there. */
  write(changes: readonly { ref: string; from: string | undefined; to: string }[]): Promise<GitResult>;
}

/** Milliseconds that a remote may take for one answer: a deployment waits for it. */
const remoteMs = 20_000;
const mostAttempts = 8;
const firstWaitMs = 100;

/**
 * Keeps commits as those that were deployed last, in `refs/deployed/<environment>/<skill>`: they stay to compare with when
 * no branch has them any more. Each ref is swapped from the value that was seen, and what is there already is not written:
 * one push at most, whatever the number, and none that loses what another writer has just kept of another skill.
 *
 * @throws {GitError} when they cannot be kept, with why; the deployments themselves are as good without
 */
export async function keepDeployed(
  deployed: readonly DeployedCommit[],
  { remote, ...options }: KeepDeployedOptions,
): Promise<void> {
  if (deployed.length === 0) return;
  await swap(deployed, localRefs(options), 'Could not keep which commits were deployed', options);
  if (!remote) return;
  await swap(
    deployed,
    remoteRefs(remote, options),
    `Could not tell ${remote} which commits were deployed`,
    options,
  );
}

/**
 * Reads which commits were deployed last.
 *
 * @throws {GitError} when the remote cannot be asked
 */
export async function readDeployed({ remote, ...options }: KeepDeployedOptions): Promise<DeployedCommit[]> {
  if (remote) {
    const flags = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
    const refspec = '+refs/deployed/*:refs/deployed/*';
    await gitOutput(['fetch', ...flags, remote, refspec], { ...options, timeoutMs: remoteMs });
  }
  return [...(await localRefs(options).read())].flatMap(([ref, commit]) => {
    const [, environment, skill] = /^refs\/deployed\/([^/]+)\/(.+)$/.exec(ref) ?? [];
    return environment && skill ? [{ environment, skill, commit }] : [];
  });
}

async function swap(
  deployed: readonly DeployedCommit[],
  store: RefStore,
  trouble: string,
  { signal }: GitOptions,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const known = await store.read();
    const changes = deployed
      .map((one) => ({ ref: refOf(one), from: known.get(refOf(one)), to: one.commit }))
      .filter(({ from, to }) => from !== to);
    if (changes.length === 0) return;
    const { exitCode, stdout, stderr } = await store.write(changes);
    if (exitCode === 0) return;
    const told = `${stdout}\n${stderr}`.trim();
    if (attempt >= mostAttempts || !lostRace(told)) throw new GitError(`${trouble}. Git said: ${told}`);
    await delay(Math.random() * firstWaitMs * 2 ** attempt, undefined, signal && { signal });
  }
}

/** Another writer was first, or holds the lock. */
function lostRace(told: string): boolean {
  return /stale info|cannot lock ref|failed to update ref|already exists/.test(told);
}

function refOf({ environment, skill }: DeployedCommit): string {
  return `refs/deployed/${environment}/${skill}`;
}

function localRefs(options: GitOptions): RefStore {
  return {
    read: async () =>
      toMap(
        await gitOutput(['for-each-ref', '--format=%(objectname)\t%(refname)', 'refs/deployed'], options),
      ),
    write: (changes) => {
      const lines = changes.map(({ ref, from, to }) =>
        from ? `update ${ref} ${to} ${from}\n` : `create ${ref} ${to}\n`,
      );
      return git(['update-ref', '--stdin'], { ...options, input: lines.join('') });
    },
  };
}

function remoteRefs(remote: string, local: GitOptions): RefStore {
  const options = { ...local, timeoutMs: remoteMs };
  return {
    read: async () => toMap(await gitOutput(['ls-remote', remote, 'refs/deployed/*'], options)),
    write: (changes) => {
      // A lease is a compare-and-swap: it moves the ref from just this value, forward or back, and from no other.
      const leases = changes.map(({ ref, from = '' }) => `--force-with-lease=${ref}:${from}`);
      const refspecs = changes.map(({ ref, to }) => `${to}:${ref}`);
      // The pre-push hook is for what people push: these are no branches, and hold nothing that was not deployed.
      return git(
        ['push', '--porcelain', '--no-verify', '--no-follow-tags', ...leases, remote, ...refspecs],
        options,
      );
    },
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
