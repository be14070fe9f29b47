import { git, GitError, type GitOptions, gitOutput } from '@odoobo/machine/git';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type RemoteCommand, remoteError, remoteGit, remoteOutput } from '../remotes/remote-error.js';
import type { KeepDeployedOptions } from './deployed-refs.js';

/** What a journal contained at a time: an entry that is gone later was removed. */
export interface JournalAnchor {
  /** The clone whose journal it is. */
  clone: string;
  /** The path of the journal in it. */
  journal: string;
  /** ISO time. */
  at: string;
  /** The run that has anchored it. */
  run: string;
  /** The hashes of the last entries. */
  tips: string[];
}

/** The history of all anchors: a commit each, without files. */
const ref = 'refs/skills/journal';
/** What the remote had when it was last read. */
const remoteCopy = 'refs/skills/journal-of-remote';

/** Milliseconds that a remote may take for one answer: a deployment waits for it. */
const remoteMs = 20_000;
const mostAttempts = 8;
const firstWaitMs = 100;

/** Without what shows other commits in place of those that were made: replacements, grafts, and where a history is cut. */
const asWritten = { GIT_NO_REPLACE_OBJECTS: '1', GIT_GRAFT_FILE: '/dev/null', GIT_SHALLOW_FILE: '/dev/null' };

/** Its commit is the name of this clone; it is never pushed. */
const cloneRef = 'refs/skills/clone';

/**
 * Adds an anchor to `refs/skills/journal`, here and on the remote: a commit on top of all anchors that are known, so that
 * none can be taken back but by a force-push.
 * @param anchor without the clone
 * @throws {GitError} when it cannot be kept; the runs themselves do not depend on it
 */
export async function anchorJournal(
  anchor: Omit<JournalAnchor, 'clone'>,
  { remote, ...options }: KeepDeployedOptions,
): Promise<void> {
  const subject = JSON.stringify({ ...anchor, clone: await nameClone(options) });
  await swapped(options, async () => {
    const here = await valueOf(ref, options);
    const commit = await commitOn([here], subject, options);
    return updated(commit, here, options);
  });
  if (remote) await swapped(options, () => push(remote, options));
}

/**
 * The anchors of the journals of this clone, oldest first, and of all other clones that the remote knows.
 * @returns `clone` undefined if this clone has never anchored one
 * @throws {GitError} when the remote cannot be asked
 */
export async function readAnchors({
  remote,
  ...options
}: KeepDeployedOptions): Promise<{ clone: string | undefined; anchors: JournalAnchor[] }> {
  if (remote) await fetchAnchors(remote, options);
  const refs = (await Promise.all([ref, remoteCopy].map((one) => valueOf(one, options)))).flatMap(
    (value) => value ?? [],
  );
  const clone = await valueOf(cloneRef, options);
  if (refs.length === 0) return { clone, anchors: [] };
  const listed = await gitOutput(['log', '--format=%s', '--topo-order', '--reverse', ...refs], {
    ...options,
    env: asWritten,
  });
  return { clone, anchors: listed.split('\n').flatMap((subject) => anchorIn(subject) ?? []) };
}

/** One push of all anchors that the remote lacks, on top of those that it has. @returns undefined if another was faster */
async function push(remote: string, options: GitOptions): Promise<true | undefined> {
  const there = await fetchAnchors(remote, options);
  const here = await valueOf(ref, options);
  if (here === undefined || here === there) return true;
  const isOnTop = there === undefined || (await isAncestor(there, here, options));
  const commit = isOnTop ? here : await commitOn([here, there], 'Anchors of several clones', options);
  if (!isOnTop && !(await updated(commit, here, options))) return undefined;
  const flags = ['--no-verify', '--no-follow-tags', '--quiet', `--force-with-lease=${ref}:${there ?? ''}`];
  const result = await remoteGit(['push', ...flags, remote, `${commit}:${ref}`], {
    ...options,
    timeoutMs: remoteMs,
  });
  if (result.exitCode === 0) return true;
  if (/stale info|cannot lock ref|failed to update ref|already exists|fetch first/.test(result.stderr))
    return undefined;
  throw await remoteError(asking(remote, options, 'push'), result);
}

/** @returns the remote's last anchor, which is here then; undefined if it has none */
async function fetchAnchors(remote: string, options: GitOptions): Promise<string | undefined> {
  const command = asking(remote, options, 'fetch');
  const listed = await remoteOutput(['ls-remote', remote, ref], command);
  const [there] = listed.split('\t');
  if (!there) return undefined;
  if (there !== (await valueOf(remoteCopy, options))) {
    const flags = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
    await remoteOutput(['fetch', ...flags, remote, `+${ref}:${remoteCopy}`], command);
  }
  return valueOf(remoteCopy, options);
}

function asking(remote: string, options: GitOptions, direction: 'fetch' | 'push'): RemoteCommand {
  const failure =
    direction === 'push'
      ? `Could not write to ${remote} what anchors the journal`
      : `Could not read from ${remote} what anchors the journal`;
  return { ...options, timeoutMs: remoteMs, failure, remote, branch: ref, direction };
}

async function swapped({ signal }: GitOptions, attempt: () => Promise<true | undefined>): Promise<void> {
  for (let count = 1; !(await attempt()); count += 1) {
    if (count >= mostAttempts)
      throw new GitError(
        `Could not anchor the journal: other runs have moved ${ref} ${mostAttempts} times meanwhile.`,
      );
    await delay(Math.random() * firstWaitMs * 2 ** count, undefined, signal && { signal });
  }
}

/** @returns undefined if another writer was faster */
async function updated(
  commit: string,
  from: string | undefined,
  options: GitOptions,
): Promise<true | undefined> {
  const old = from ?? '0'.repeat(commit.length);
  const { exitCode, stderr } = await git(['update-ref', ref, commit, old], options);
  if (exitCode === 0) return true;
  if (/cannot lock ref|File exists/.test(stderr)) return undefined;
  throw new GitError(`Could not write ${ref}. Git said: ${stderr}`);
}

async function valueOf(name: string, options: GitOptions): Promise<string | undefined> {
  const { stdout } = await git(['rev-parse', '--verify', '--quiet', `${name}^{commit}`], options);
  return stdout || undefined;
}

async function isAncestor(commit: string, of: string, options: GitOptions): Promise<boolean> {
  return (await git(['merge-base', '--is-ancestor', commit, of], options)).exitCode === 0;
}

/** A commit without files: git keeps it, and every host takes a push of it. */
async function commitOn(
  parents: readonly (string | undefined)[],
  subject: string,
  options: GitOptions,
): Promise<string> {
  const tree = await gitOutput(['hash-object', '-t', 'tree', '-w', '--stdin'], { ...options, input: '' });
  const author = 'nx-skills <nx-skills@example.invalid> 0 +0000';
  const lines = [
    `tree ${tree}`,
    ...parents.flatMap((parent) => (parent ? `parent ${parent}` : [])),
    `author ${author}`,
    `committer ${author}`,
    '',
    subject,
    '',
  ];
  return gitOutput(['hash-object', '-t', 'commit', '-w', '--stdin'], { ...options, input: lines.join('\n') });
}

/** The name of this clone; several runs that name it at once agree on the first one. */
async function nameClone(options: GitOptions): Promise<string> {
  const known = await valueOf(cloneRef, options);
  if (known !== undefined) return known;
  const commit = await commitOn([], `Clone ${randomUUID()}`, options);
  // Fails if another run was faster.
  await git(['update-ref', cloneRef, commit, '0'.repeat(commit.length)], options);
  return (await valueOf(cloneRef, options)) ?? commit;
}

function anchorIn(subject: string): JournalAnchor | undefined {
  try {
    const { clone, journal, at, run, tips } = JSON.parse(subject) as Record<string, unknown>;
    const texts = [clone, journal, at, run].every((one) => typeof one === 'string');
    if (!texts || !Array.isArray(tips) || !tips.every((one) => typeof one === 'string')) return undefined;
    return { clone, journal, at, run, tips } as JournalAnchor;
  } catch {
    return undefined;
  }
}
