import { CommandError, type CommandResult, runCommand } from './command.js';

export interface GitOptions {
  /** Folder that git runs in. */
  cwd: string;
  /** Ends git, and whatever it started, when aborted. */
  signal?: AbortSignal | undefined;
  /** Milliseconds until git is ended. Default: a minute. */
  timeoutMs?: number;
  /** Text for git's standard input; without it standard input is empty. */
  input?: string;
  /** The user's settings that git uses. Default: `ownRepository`. */
  policy?: GitPolicy;
  /** Added to the environment. */
  env?: Record<string, string>;
}

export type GitResult = CommandResult;

/** The part of the user's environment and configuration that applies to a repository. */
export interface GitPolicy {
  /** Whether a variable of this process's environment is passed on. */
  handsOn(variable: string): boolean;
  /** Settings that take precedence over those of the user and the repository. */
  settings: readonly string[];
}

/** Git ended in a way that its caller cannot use: not found, too slow, killed, or with an unexpected exit code. */
export class GitError extends CommandError {
  override readonly name = 'GitError';
}

const defaultTimeoutMs = 60_000;

/** Git leaves nothing running in the background: no file watcher, no housekeeping. */
const nothingInBackground = ['core.fsmonitor=false', 'gc.auto=0', 'maintenance.auto=false'];

/**
 * The variables that bind git to one repository or index, as git sets them for a hook: from
 * `git rev-parse --local-env-vars`, without the variables that hold configuration.
 */
const repositoryVariables = new Set([
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_DIR',
  'GIT_GRAFT_FILE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_NAMESPACE',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_REPLACE_REF_BASE',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
]);

/** For the repository that the user works in: like the user's own git, hooks included, but bound to no other repository. */
export const ownRepository: GitPolicy = {
  handsOn: (variable) => !repositoryVariables.has(variable),
  settings: nothingInBackground,
};

/** Variables that identify the user to hosts, and that say how hosts are reached. */
const access =
  /^(PATH|HOME|USER|LOGNAME|TMPDIR|SSH_AUTH_SOCK|XDG_CONFIG_HOME|SSL_CERT_FILE|SSL_CERT_DIR|(https?|all|no)_proxy)$/i;

/**
 * For a repository written by others: no hook runs, and no GIT_* variable is passed on, because it could name another
 * repository or a program to run.
 */
export const foreignRepository: GitPolicy = {
  handsOn: (variable) => access.test(variable),
  settings: [...nothingInBackground, 'core.hooksPath=/dev/null', 'core.askPass='],
};

/**
 * Runs git and returns its exit code, whatever it is: for plumbing, 1 is often an answer. Git prompts for nothing,
 * opens no editor and no pager, and takes no optional lock.
 * @throws {GitError} when git cannot be started, does not end in time (its cause is then a DeadlineError), or is killed
 * @throws the signal's reason when aborted
 */
export async function git(args: readonly string[], options: GitOptions): Promise<GitResult> {
  const { cwd, signal, timeoutMs = defaultTimeoutMs, input, policy = ownRepository, env } = options;
  const shown = describe(args, cwd);
  const settings = policy.settings.flatMap((setting) => ['-c', setting]);
  const command = { cwd, env: { ...gitEnvironment(policy), ...env }, signal, timeoutMs, input };
  try {
    const result = await runCommand('git', ['--no-pager', ...settings, ...args], shown, command);
    return { ...result, stderr: withoutCredentials(result.stderr) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new GitError(error.message, { cause: error.cause });
  }
}

/**
 * Runs git and accepts only exit code 0.
 * @returns what it printed, without the last line break
 * @throws {GitError} as `git` does, and on every exit code but 0, with git's message
 */
export async function gitOutput(args: readonly string[], options: GitOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await git(args, options);
  if (exitCode === 0) return stdout;
  throw new GitError(`${describe(args, options.cwd)} failed with exit code ${exitCode}: ${stderr || stdout}`);
}

/** The environment that git runs in: bound to no repository, and without prompts. */
export function gitEnvironment({ handsOn }: GitPolicy = ownRepository): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => handsOn(name))),
    LC_ALL: 'C',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    // Empty, not absent: it then takes precedence over core.askPass and SSH_ASKPASS, and starts no program.
    GIT_ASKPASS: '',
    SSH_ASKPASS_REQUIRE: 'never',
    GCM_INTERACTIVE: 'never',
    GIT_EDITOR: ':',
    GIT_SEQUENCE_EDITOR: ':',
    GIT_MERGE_AUTOEDIT: 'no',
  };
}

function describe(args: readonly string[], cwd: string): string {
  return `"${withoutCredentials(['git', ...args].join(' '))}" in ${cwd}`;
}

/** A remote's URL can hold a token, and git repeats the URL in its messages. The user of an SSH URL is not a secret. */
function withoutCredentials(text: string): string {
  return text.replace(/(?!ssh:\/\/[^/@:\s]+@)\b(\w+:\/\/)[^/@\s]+@/g, '$1***@');
}
