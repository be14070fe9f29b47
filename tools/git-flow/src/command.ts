import { execa } from 'execa';

export interface CommandOptions {
  cwd: string;
  /** The whole environment of the command. */
  env: NodeJS.ProcessEnv;
  /** Ends the command, and whatever it started, when aborted. */
  signal?: AbortSignal | undefined;
  /** Milliseconds until it is ended. */
  timeoutMs: number;
  /** Text for its standard input; without it there is none to read. */
  input?: string | undefined;
}

export interface CommandResult {
  exitCode: number;
  /** Without the last line break. */
  stdout: string;
  stderr: string;
}

/** A command ended otherwise than its caller can use: not found, too slow, or killed. */
export class CommandError extends Error {
  override readonly name: string = 'CommandError';
}

/** From SIGTERM, on which git removes its lock files, to SIGKILL. */
const graceMs = 2_000;

/**
 * Runs a command without a shell and returns its exit code, whatever it is. It has no terminal to ask on.
 *
 * @param shown the command as errors name it, without secrets
 * @throws {CommandError} when it cannot be started, does not end in time, or is killed
 * @throws the signal's reason when aborted
 */
export async function runCommand(
  file: string,
  args: readonly string[],
  shown: string,
  { cwd, env, signal, timeoutMs, input = '' }: CommandOptions,
): Promise<CommandResult> {
  signal?.throwIfAborted();
  const subprocess = execa(file, args, {
    cwd,
    env,
    extendEnv: false,
    reject: false,
    // A session of its own: no terminal that ssh could ask on, and one group to end with all its children.
    detached: true,
    input,
  });
  const stop = endWhen(subprocess.pid, signal, timeoutMs);
  const result = await subprocess.finally(stop.forget);
  signal?.throwIfAborted();
  if (stop.late())
    throw new CommandError(`${shown} did not end within ${timeoutMs / 1000} s and was stopped.`);
  if (result.exitCode === undefined) {
    // Not the message of execa, which repeats the whole command.
    const why = result.signal ?? (result.cause as Error | undefined)?.message;
    throw new CommandError(`${shown} did not run to its end: ${why}`, { cause: result.cause });
  }
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
}

/** Ends the whole group on abort or when the time is up: a hook that hangs would keep git's output open. */
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
