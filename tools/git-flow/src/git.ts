import { CommandError, runCommand, type CommandResult } from './command.js';

export interface GitOptions {
  /** Folder that git runs in. */
  cwd: string;
  /** Ends git, and whatever it started, when aborted. */
  signal?: AbortSignal | undefined;
  /** Milliseconds until git is ended: a minute unless told otherwise. */
  timeoutMs?: number;
  /** Text for git's standard input; without it there is none to read. */
  input?: string;
}

export type GitResult = CommandResult;

/** Git ended otherwise than its caller can use: not found, too slow, killed, or with an unexpected exit code. */
export class GitError extends CommandError {
  override readonly name = 'GitError';
}

const defaultTimeoutMs = 60_000;

/**
 * Runs git and returns its exit code, whatever it is: for plumbing, 1 is often an answer.
 * It asks nobody anything, opens no editor and no pager, and takes no lock that it can do without.
 *
 * @throws {GitError} when git cannot be started, does not end in time, or is killed
 * @throws the signal's reason when aborted
 */
export async function git(args: readonly string[], options: GitOptions): Promise<GitResult> {
  const { cwd, signal, timeoutMs = defaultTimeoutMs, input } = options;
  const shown = describe(args, cwd);
  const command = { cwd, env: gitEnvironment(), signal, timeoutMs, input };
  try {
    const result = await runCommand('git', [...quiet, ...args], shown, command);
    return { ...result, stderr: withoutCredentials(result.stderr) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new GitError(error.message, { cause: error.cause });
  }
}

/**
 * Runs git where only success will do.
 *
 * @returns what it printed, without the last line break
 * @throws {GitError} as `git` does, and on every exit code but 0, with what git said
 */
export async function gitOutput(args: readonly string[], options: GitOptions): Promise<string> {
  const { exitCode, stdout, stderr } = await git(args, options);
  if (exitCode === 0) return stdout;
  throw new GitError(`${describe(args, options.cwd)} failed with exit code ${exitCode}: ${stderr || stdout}`);
}

/** Nothing that goes on in the background after the command: no file watcher, no housekeeping. */
const quiet = [
  '--no-pager',
  ...['core.fsmonitor=false', 'gc.auto=0', 'maintenance.auto=false'].flatMap((setting) => ['-c', setting]),
];

/**
 * What binds git to one repository or index, as it is set while a hook runs.
 * From `git rev-parse --local-env-vars`, less the variables that hold configuration.
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

/** The environment that git runs in: bound to no repository, and with nobody to ask. */
export function gitEnvironment(): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !repositoryVariables.has(name))),
    LC_ALL: 'C',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    // Empty, not absent: it then stands before core.askPass and SSH_ASKPASS, and asks nobody.
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

/** A remote's URL can hold a token, and git repeats the URL in its messages. */
function withoutCredentials(text: string): string {
  return text.replace(/(\w+:\/\/)[^/@\s]+@/g, '$1***@');
}
