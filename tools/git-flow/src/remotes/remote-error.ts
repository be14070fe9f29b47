import { git, GitError, type GitOptions, type GitResult } from '@odoobo/machine/git';
import { shownUrl } from './remotes.js';

/** Why a remote could not be read or written. */
export type RemoteTrouble =
  | 'no-write-access'
  | 'no-read-access'
  | 'not-logged-in'
  | 'missing-repository'
  | 'missing-branch'
  | 'protected-branch'
  | 'refused-by-hook'
  | 'checked-out'
  | 'behind'
  | 'unreachable'
  | 'unknown';

/** A remote failed or refused. The message is one sentence, with advice; the full output of git, often dozens of lines, is not in it. */
export class RemoteError extends GitError {
  constructor(
    message: string,
    readonly trouble: RemoteTrouble,
  ) {
    super(message);
  }
}

/** A git command that talks to a remote. */
export interface RemoteCommand extends Omit<GitOptions, 'input'> {
  /** The beginning of the sentence: `Could not push main to origin`. */
  failure: string;
  remote: string;
  /** The branch that the command is about, if there is one. */
  branch?: string;
  direction: 'push' | 'fetch';
}

interface Reading {
  trouble: RemoteTrouble;
  why: string;
  advice?: string;
}

/** What a command printed, without the lines that git adds to every failure. */
interface Said {
  /** The remote's answer to a push of the branch: `[remote rejected] (pre-receive hook declined)`. */
  verdict: string;
  lines: readonly string[];
  /** Whether a push was stopped before it reached the remote. */
  stoppedHere: boolean;
}

/**
 * Runs a git command that talks to a remote.
 * @returns what it printed
 * @throws {RemoteError} when it fails
 * @throws the signal's reason when aborted
 */
export async function remoteOutput(args: readonly string[], command: RemoteCommand): Promise<string> {
  const result = await remoteGit(args, command);
  if (result.exitCode === 0) return result.stdout;
  throw await remoteError(command, result);
}

/** Runs a git command that talks to a remote. A timeout is a failure like any other. */
export async function remoteGit(args: readonly string[], options: GitOptions): Promise<GitResult> {
  try {
    return await git(args, options);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    return { exitCode: 1, stdout: '', stderr: error.message };
  }
}

/** Turns what git printed into an error that says why the remote failed. */
export async function remoteError(
  command: RemoteCommand,
  printed: Pick<GitResult, 'stdout' | 'stderr'>,
): Promise<RemoteError> {
  const url = await shownUrl(command.remote, command.direction, command);
  const { trouble, why, advice } = read(said(printed, command), command);
  const place = url === undefined ? '' : ` (${url})`;
  return new RemoteError([`${command.failure}${place}: ${why}.`, advice].filter(Boolean).join(' '), trouble);
}

function read(said: Said, command: RemoteCommand): Reading {
  const { remote, branch = 'the branch' } = command;
  const text = [said.verdict, ...said.lines].join('\n');
  const own = refusedBranch(said, text, remote, branch);
  if (own) return own;
  const rule = rules.find(({ pattern }) => pattern.test(text));
  if (!rule) return { trouble: 'unknown', why: `git said: ${detail(said)}` };
  return rule.read(detail(said, rule.pattern), command);
}

/** The remote refuses only this branch; the user may push to the repository in general. */
function refusedBranch(
  { verdict, lines, stoppedHere }: Said,
  text: string,
  remote: string,
  branch: string,
): Reading | undefined {
  const reason = detail({ verdict, lines });
  if (verdict.startsWith('[rejected]'))
    return {
      trouble: 'behind',
      why: 'it has commits that you do not have',
      advice: `Fetch and merge them first: git pull ${remote} ${branch}`,
    };
  if (/currently checked out|refusing to update checked out/.test(text))
    return {
      trouble: 'checked-out',
      why: `it is not a bare repository, and has ${branch} checked out`,
      advice: `Check out another branch there, or use a bare repository: git init --bare`,
    };
  if (/\bGH0(06|13)\b|protected branch|rule violations|branch restrict/i.test(text))
    return {
      trouble: 'protected-branch',
      why: `a rule of the repository protects ${branch} (${reason})`,
      advice: 'Push your branch and open a pull request',
    };
  if (/hook declined/.test(verdict))
    return {
      trouble: 'refused-by-hook',
      why: `a hook there refuses it (${reason})`,
      advice: 'Do what it asks for, then try again',
    };
  if (stoppedHere)
    return {
      trouble: 'refused-by-hook',
      why: `your pre-push hook refuses it (${reason})`,
      advice: 'Do what it asks for, then try again',
    };
  return undefined;
}

/**
 * Messages of git, ssh, curl and the hosts, in the order in which they are tried: general ones come last.
 * Texts: git's transport.c, http.c and builtin/receive-pack.c, OpenSSH, and what GitHub, GitLab and Bitbucket answer.
 */
const rules: readonly { pattern: RegExp; read: (detail: string, command: RemoteCommand) => Reading }[] = [
  {
    pattern:
      /could not read (username|password)|authentication failed|returned error: 401|\(publickey|host key verification failed|invalid username or/i,
    read: (detail, { remote }) => ({
      trouble: 'not-logged-in',
      why: `git could not log in there (${detail})`,
      advice: `Set up its login until this works: git ls-remote ${remote}`,
    }),
  },
  {
    pattern:
      /returned error: 403|permission (to \S+ )?denied|insufficient permission|unable to create temporary|unpacker error|read[- ]only|not allowed to|write access|access denied|forbidden/i,
    read: (detail, { remote, direction }) =>
      direction === 'push'
        ? {
            trouble: 'no-write-access',
            why: `you may not write to it (${detail})`,
            advice: `Ask its owner for write access, or use a repository of yours: git remote set-url ${remote} <URL>`,
          }
        : {
            trouble: 'no-read-access',
            why: `you may not read it (${detail})`,
            advice: 'Ask its owner for access',
          },
  },
  {
    pattern: /couldn't find remote ref/i,
    read: (_, { remote, branch = 'the branch' }) => ({
      trouble: 'missing-branch',
      why: `it has no branch ${branch}`,
      advice: `Push it first: git push ${remote} ${branch}`,
    }),
  },
  {
    pattern:
      /does not appear to be a git repository|repository .*not found|does not exist|no such remote|returned error: 404/i,
    read: (_, { remote }) => ({
      trouble: 'missing-repository',
      why: 'there is no such repository, or you may not see it',
      advice: `Correct its URL: git remote set-url ${remote} <URL>`,
    }),
  },
  {
    pattern:
      /could not resolve|failed to connect|couldn't connect|connection (refused|reset|timed out|closed)|timed out|did not end within|unreachable|no route to host|unable to access|hung up|early eof|ssl|certificate/i,
    read: (detail) => ({
      trouble: 'unreachable',
      why: `it cannot be reached (${detail})`,
      advice: 'Check the network and the URL, then try again',
    }),
  },
];

/** Lines that follow every failure and do not explain it. */
const noise =
  /^(hint: |error: failed to push some refs|fatal: Could not read from remote repository|Please make sure you have|and the repository exists|To |Done$|Everything up-to-date)/;

function said({ stdout, stderr }: Pick<GitResult, 'stdout' | 'stderr'>, { direction }: RemoteCommand): Said {
  const verdict = /^!\t[^\t]*\t(.*)$/m.exec(stdout)?.[1] ?? '';
  const printed = direction === 'push' && verdict === '' ? `${stderr}\n${stdout}` : stderr;
  const lines = printed
    .split('\n')
    .map((line) => line.replace(/^remote: /, '').trim())
    .filter((line) => line !== '' && line !== 'remote:' && !noise.test(line));
  const stoppedHere =
    direction === 'push' && verdict === '' && /^error: failed to push some refs/m.test(stderr);
  return { verdict, lines: lines.map((line) => line.replace(/^(error|fatal|ERROR): /, '')), stoppedHere };
}

/** Long enough for the message of a hook, short enough for a sentence. */
const mostCharacters = 200;

/** The lines that say why: those that a rule matched, else the first ones; without any, the remote's answer. */
function detail({ verdict, lines }: Pick<Said, 'verdict' | 'lines'>, pattern?: RegExp): string {
  const matching = pattern ? lines.filter((line) => pattern.test(line)) : [];
  const [first = verdict, ...others] = matching.length > 0 ? matching : lines;
  const reason = [first, ...others.slice(0, 1)].map((line) => line.replace(/[.:]$/, '')).join('; ');
  return reason.length > mostCharacters ? `${reason.slice(0, mostCharacters)}…` : reason;
}
