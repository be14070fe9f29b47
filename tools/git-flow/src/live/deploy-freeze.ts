import { type GitOptions, gitOutput } from '@odoobo/machine/git';
import { remoteOutput } from '../remotes/remote-error.js';
import type { KeepDeployedOptions } from './deployed-refs.js';

/** A time in which an environment is not deployed to. */
export interface DeployFreeze {
  /** ISO time. */
  until: string;
  because: string;
  /** Who has asked for it, as far as known. */
  by?: string;
}

/** Milliseconds that a remote may take for one answer: a deploy waits for it. */
const remoteMs = 20_000;

const refs = 'refs/deploy-freeze/*';

/**
 * Keeps a freeze in `refs/deploy-freeze/<environment>`, where every clone that has the remote finds it; the last one wins.
 * @param freeze undefined ends the one that there is
 * @throws {GitError} when it cannot be kept
 */
export async function keepFreeze(
  environment: string,
  freeze: DeployFreeze | undefined,
  { remote, ...options }: KeepDeployedOptions,
): Promise<void> {
  const ref = refOf(environment);
  const commit = freeze ? await commitOf(freeze, options) : '';
  if (remote) {
    const failure = `Could not write the freeze of ${environment} to ${remote}`;
    const command = { ...options, timeoutMs: remoteMs, failure, remote, direction: 'push' } as const;
    // The pre-push hook is for branches that people push.
    const push = ['push', '--no-verify', '--no-follow-tags', '--quiet', remote, `+${commit}:${ref}`];
    if (freeze || (await remoteOutput(['ls-remote', remote, ref], command)) !== '')
      await remoteOutput(push, command);
  }
  await gitOutput(freeze ? ['update-ref', ref, commit] : ['update-ref', '-d', ref], options);
}

/**
 * The freeze of an environment, also one that is over; undefined if there is none.
 * @throws {GitError} when the remote cannot be asked; an error for a ref that is no freeze
 */
export async function readFreeze(
  environment: string,
  { remote, ...options }: KeepDeployedOptions,
): Promise<DeployFreeze | undefined> {
  if (remote) {
    const failure = `Could not read from ${remote} whether ${environment} is frozen`;
    const flags = ['--quiet', '--prune', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
    const command = { ...options, timeoutMs: remoteMs, failure, remote, direction: 'fetch' } as const;
    await remoteOutput(['fetch', ...flags, remote, `+${refs}:${refs}`], command);
  }
  const subject = await gitOutput(
    ['for-each-ref', '--format=%(contents:subject)', refOf(environment)],
    options,
  );
  return subject === '' ? undefined : freezeIn(subject, environment);
}

/** @throws for what another version, or a person, has written: it may mean that nothing must be deployed */
function freezeIn(subject: string, environment: string): DeployFreeze {
  const { until, because, by } = parsed(subject);
  if (typeof until === 'string' && typeof because === 'string' && !Number.isNaN(Date.parse(until)))
    return { until, because, ...(typeof by === 'string' && { by }) };
  throw new Error(
    `${refOf(environment)} does not say until when ${environment} is frozen, and why. End that freeze, or begin another`,
  );
}

function parsed(subject: string): Partial<Record<keyof DeployFreeze, unknown>> {
  try {
    return JSON.parse(subject) as Partial<Record<keyof DeployFreeze, unknown>>;
  } catch {
    return {};
  }
}

function refOf(environment: string): string {
  return refs.replace('*', environment);
}

/** A commit without files: git keeps it, and every host takes a push of it. */
async function commitOf(freeze: DeployFreeze, options: GitOptions): Promise<string> {
  const tree = await gitOutput(['mktree'], { ...options, input: '' });
  const author = 'nx-skills <nx-skills@example.invalid> 0 +0000';
  const text = [`tree ${tree}`, `author ${author}`, `committer ${author}`, '', JSON.stringify(freeze), ''];
  return gitOutput(['hash-object', '-t', 'commit', '-w', '--stdin'], { ...options, input: text.join('\n') });
}
