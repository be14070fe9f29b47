import { identify } from '@odoobo/machine/process';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { endProcesses } from '../process/end-processes.js';
import { type Mark, markEnvironment } from '../process/mark.js';
import { endStrays, markOf, ownerOf } from '../process/platform-processes.js';
import type { Exit } from '../process/process-group.js';
import { layoutOf } from '../state/layout.js';

/** How long processes of a killed starter get to end. */
const orphanGraceMs = 1_000;

/** The same from `src` and from `dist`. */
const guardProgram = fileURLToPath(new URL('../../dist/development/guard-main.js', import.meta.url));

export interface BesideOptions {
  /** Program and arguments; PATH of the environment finds it. */
  command: readonly [string, ...string[]];
  cwd: string;
  /** Added to this process's own. */
  env: Record<string, string>;
}

/**
 * Runs services for development beside the platform of a folder. Their child processes end with them, and they end with this
 * process, however it ends: another process watches. What that one cannot end is ended by the next process that runs something
 * here, or by the platform when it starts or stops.
 */
export class Beside {
  private constructor(
    private readonly mark: Mark,
    private readonly guard: ChildProcess,
    private readonly graceMs: number,
  ) {}

  /**
   * First ends what killed starters left here.
   * @param name of what is run
   * @param graceMs from SIGTERM to SIGKILL, in milliseconds
   */
  static async open(directory: string, name: string, graceMs: number): Promise<Beside> {
    const layout = layoutOf(directory);
    // Their starter is dead: only these count as strays.
    await endStrays(layout, orphanGraceMs, () => false);
    const self = await identify(process.pid);
    const mark = { ...markOf(layout, 'development', name), ...(self && { owner: ownerOf(self) }) };
    const guard = spawn(process.execPath, [guardProgram, JSON.stringify(mark), String(graceMs)], {
      detached: true,
      env: {},
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    await once(guard, 'spawn');
    guard.unref();
    return new Beside(mark, guard, graceMs);
  }

  /** The environment that makes a process started in another way end with the others. */
  get environment(): Record<string, string> {
    return markEnvironment(this.mark);
  }

  /** @throws Error with the system's code when the command cannot be executed */
  async start({
    command,
    cwd,
    env,
  }: BesideOptions): Promise<{ exited: Promise<Exit>; stop(): Promise<void> }> {
    const [program, ...args] = command;
    const child = spawn(program, args, {
      cwd,
      detached: true,
      env: { ...process.env, ...env, ...this.environment },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const exited = new Promise<Exit>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    await once(child, 'spawn');
    return { exited, stop: () => endMarked(this.mark, this.graceMs) };
  }

  /** Ends what still runs. */
  async close(): Promise<void> {
    await endMarked(this.mark, this.graceMs);
    this.guard.kill('SIGKILL');
  }
}

/** Everything that carries exactly this mark. */
export async function endMarked(mark: Mark, graceMs: number): Promise<void> {
  const own = JSON.stringify(markEnvironment(mark));
  await endProcesses({ owns: (one) => JSON.stringify(markEnvironment(one)) === own }, graceMs);
}
