import { currentBoot, identify, isAlive, type ProcessIdentity } from '@odoobo/machine/process';
import { processTable } from '@odoobo/machine/process-table';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type Mark, markEnvironment } from './mark.js';
import type { Belonging } from './members.js';
import { stopGroup } from './stop-group.js';

/** How a process ended. Both are null when no one could collect its status: it was adopted. */
export interface Exit {
  code: number | null;
  signal: string | null;
}

/** How it ended, as the rest of a sentence that begins with its name. */
export function describeExit({ code, signal }: Exit): string {
  if (signal !== null) return `was ended by ${signal}`;
  return code === null ? 'ended' : `exited with code ${code}`;
}

/** A service and all processes that it started, also what left its group by setsid(2) where it carries its mark. */
export interface ProcessGroup {
  identity: ProcessIdentity;
  /** Its members. */
  belonging: Belonging;
  /** Resolves when the leader ends. */
  exited: Promise<Exit>;
  /** SIGTERM, `graceMs`, SIGKILL, each to all of it; resolves when all of it is gone. Safe to repeat. */
  stop(options: { graceMs: number }): Promise<void>;
}

export interface StartOptions {
  command: readonly string[];
  cwd: string;
  /** The whole environment, but for the mark: nothing of this process's own is passed on. PATH finds the program. */
  env: Record<string, string>;
  /** The user it runs as; the default is that of this process. Only root can choose another. */
  user?: { uid: number; gid: number } | undefined;
  /** Added to the environment: it identifies the process and its descendants, in any group or session. */
  mark?: Mark;
  /** How else they are identified, as in `Belonging`. */
  traces?: readonly string[];
  /** A file that stdout and stderr are appended to: a pipe would break when this process dies before the service. */
  output: string;
  /**
   * Records the process before the command is executed. If this process is killed earlier, the command is never
   * executed, so no unrecorded process runs.
   */
  note?(identity: ProcessIdentity): Promise<void>;
}

/** Waits for a line, then executes the command as the same process; without the line, its parent has died. */
const heldBack = ['/bin/sh', '-c', 'read -r go && exec "$@" </dev/null', 'sh'];

/** How often an adopted process is looked at: only its parent is notified of its end. */
const adoptedPollMs = 250;

/**
 * Starts a command as the leader of its own process group; it outlives this process.
 * @throws Error that names the command, with the system's error as cause, when it cannot be executed.
 */
export async function startGroup(options: StartOptions): Promise<ProcessGroup> {
  const { pid, exited, release } = await launch(options);
  try {
    // It may have ended and been collected already; its start time is then not needed.
    const identity = (await identify(pid)) ?? { pid, startTime: 'ended', bootId: await currentBoot() };
    await options.note?.(identity);
    release();
    return group(identity, exited, ownedBy(options));
  } catch (error) {
    process.kill(-pid, 'SIGKILL');
    throw error;
  }
}

/**
 * Takes over a group that an earlier server started. Undefined when the process ended, when another one has
 * its pid now, or when it does not lead a group.
 */
export async function adoptGroup(
  identity: ProcessIdentity,
  started: Pick<StartOptions, 'mark' | 'traces'> = {},
): Promise<ProcessGroup | undefined> {
  const row = await processTable().read(identity.pid);
  if (row?.group !== identity.pid || !(await isAlive(identity))) return undefined;
  return group(identity, untilEnded(identity), ownedBy(started));
}

/** Everything that carries the same mark. */
function ownedBy({ mark, traces = [] }: Pick<StartOptions, 'mark' | 'traces'>): Belonging {
  return {
    owns: ({ root, kind, name }) => root === mark?.root && kind === mark.kind && name === mark.name,
    traces,
  };
}

function group(identity: ProcessIdentity, exited: Promise<Exit>, also: Belonging): ProcessGroup {
  let stopping: Promise<void> | undefined;
  const stop = ({ graceMs }: { graceMs: number }): Promise<void> =>
    // One stop at a time: many services exit at once on a second SIGTERM.
    (stopping ??= stopGroup(identity, graceMs, also)
      .then(() => undefined)
      .finally(() => (stopping = undefined)));
  return { identity, belonging: { ...also, leader: identity }, exited, stop };
}

interface Launched {
  pid: number;
  exited: Promise<Exit>;
  /** Releases the command that was held back. */
  release(): void;
}

async function launch(options: StartOptions): Promise<Launched> {
  const [program = '', ...args] = [...(options.note ? heldBack : []), ...options.command];
  // Only the owner: a service may print what it should not.
  const output = await open(options.output, 'a', 0o600);
  try {
    const stdio = [options.note ? 'pipe' : 'ignore', output.fd, output.fd] as const;
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...options.env, ...(options.mark && markEnvironment(options.mark)) },
      detached: true,
      stdio: [...stdio],
      ...(options.user && { uid: options.user.uid, gid: options.user.gid }),
    });
    const exited = new Promise<Exit>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    await once(child, 'spawn');
    child.unref();
    // A spawned process has a pid.
    const pid = child.pid as number;
    // It may have ended already, killed by someone.
    child.stdin?.on('error', () => undefined);
    return { pid, exited, release: () => child.stdin?.end('go\n') };
  } catch (cause) {
    throw await cannotExecute(options, cause);
  } finally {
    await output.close();
  }
}

async function cannotExecute({ command, cwd, env }: StartOptions, cause: unknown): Promise<Error> {
  const { code, message } = cause as NodeJS.ErrnoException;
  // The system says ENOENT for a missing folder too, and names the program.
  const folder = await access(cwd).then(
    () => true,
    () => false,
  );
  const why = !folder
    ? `its folder ${cwd} does not exist`
    : code === 'ENOENT'
      ? `no such program in ${cwd} or on its PATH (${env['PATH'] ?? 'none'}), or the interpreter in its first line is missing`
      : code === 'EACCES'
        ? 'it is not executable (chmod +x it, or name its interpreter)'
        : message;
  return new Error(`Could not execute ${JSON.stringify(command.join(' '))}: ${why}.`, { cause });
}

async function untilEnded(identity: ProcessIdentity): Promise<Exit> {
  while (await isAlive(identity)) await delay(adoptedPollMs, undefined, { ref: false });
  return { code: null, signal: null };
}
