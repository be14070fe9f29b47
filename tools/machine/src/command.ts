import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { DeadlineError } from './time.js';

export interface CommandOptions {
  cwd: string;
  /** The whole environment of the command. */
  env: NodeJS.ProcessEnv;
  /** Ends the command, and whatever it started, when aborted. */
  signal?: AbortSignal | undefined;
  /** Milliseconds until it is ended. */
  timeoutMs: number;
  /** Text for its standard input; without it standard input is empty. */
  input?: string | undefined;
}

export interface CommandResult {
  exitCode: number;
  /** Without the last line break. */
  stdout: string;
  stderr: string;
}

/** A command ended in a way that its caller cannot use: not found, too slow (its cause is a DeadlineError), or killed. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
}

/** From SIGTERM, when git removes its lock files, to SIGKILL. */
const graceMs = 2_000;

/**
 * Runs a command without a shell and returns its exit code, whatever it is. It has no terminal for prompts.
 * @param shown the command as errors name it, without secrets
 * @throws {CommandError} when it cannot be started, does not end in time, or is killed
 * @throws the signal's reason when aborted
 */
export async function runCommand(
  file: string,
  args: readonly string[],
  shown: string,
  { signal, timeoutMs, ...started }: CommandOptions,
): Promise<CommandResult> {
  signal?.throwIfAborted();
  const command = start(file, args, started);
  const stop = endWhen(command.pid, signal, timeoutMs);
  const { code, endedBy, cause, stdout, stderr } = await command.end.finally(stop.forget);
  signal?.throwIfAborted();
  if (stop.late())
    throw new CommandError(`${shown} did not end within ${timeoutMs / 1000} s and was stopped.`, {
      cause: new DeadlineError(timeoutMs),
    });
  if (code === null) {
    throw new CommandError(`${shown} did not run to its end: ${endedBy ?? cause?.message}`, { cause });
  }
  return { exitCode: code, stdout, stderr };
}

interface CommandEnd {
  /** Null if it was not started, or was ended by a signal. */
  code: number | null;
  endedBy?: NodeJS.Signals | null;
  cause?: Error;
  stdout: string;
  stderr: string;
}

/** Uses `spawn` directly: a run of a hundred merges starts git two hundred times; a wrapper costs half as much as git. */
function start(
  file: string,
  args: readonly string[],
  { cwd, env, input }: Pick<CommandOptions, 'cwd' | 'env' | 'input'>,
): { pid: number | undefined; end: Promise<CommandEnd> } {
  const subprocess = spawn(file, args, {
    cwd,
    env,
    // A session of its own: ssh has no terminal for a prompt, and one process group can be ended with all its children.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A command that ends without reading its input is not an error here.
  subprocess.stdin.on('error', () => {}).end(input);
  const printed = Promise.all([text(subprocess.stdout), text(subprocess.stderr)]);
  const exit = new Promise<Pick<CommandEnd, 'code' | 'endedBy' | 'cause'>>((resolve) => {
    subprocess.on('error', (cause) => resolve({ code: null, cause }));
    subprocess.on('close', (code, endedBy) => resolve({ code, endedBy }));
  });
  const end = Promise.all([exit, printed]).then(([ended, [stdout, stderr]]) => ({
    ...ended,
    stdout: withoutLastBreak(stdout),
    stderr: withoutLastBreak(stderr),
  }));
  return { pid: subprocess.pid, end };
}

function withoutLastBreak(printed: string): string {
  return printed.replace(/\r?\n$/, '');
}

/** Ends the whole process group on abort or timeout: a hook that hangs would keep git's output open. */
function endWhen(pid: number | undefined, signal: AbortSignal | undefined, timeoutMs: number) {
  let late = false;
  let kill: NodeJS.Timeout | undefined;
  const end = (): void => {
    endGroup(pid, 'SIGTERM');
    kill ??= setTimeout(() => endGroup(pid, 'SIGKILL'), graceMs);
  };
  const timer = setTimeout(() => {
    late = true;
    end();
  }, timeoutMs);
  signal?.addEventListener('abort', end, { once: true });
  const forget = (): void => {
    clearTimeout(timer);
    clearTimeout(kill);
    signal?.removeEventListener('abort', end);
  };
  return { forget, late: () => late };
}

function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
