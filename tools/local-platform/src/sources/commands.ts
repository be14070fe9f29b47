import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Mark } from '../process/mark.js';
import { markOf } from '../process/platform-processes.js';
import { type Exit, type ProcessGroup, startGroup, type StartOptions } from '../process/process-group.js';
import { stopGroup } from '../process/stop-group.js';
import type { Layout } from '../state/layout.js';

const identitySchema = z.object({ pid: z.number(), startTime: z.string(), bootId: z.string() });

/** How long an aborted command, and what it left in the background, get to end by themselves. */
const graceMs = 1000;

/** Those of a platform's builds. */
export function commandsOf(layout: Layout): Commands {
  return new Commands(join(layout.buildCache, 'running'), (name) => markOf(layout, 'command', name));
}

/**
 * Runs commands to their end, each a process group of its own. Which ones run is noted in a folder: a server that is
 * killed leaves them running, and the next one ends them.
 */
export class Commands {
  constructor(
    private readonly folder: string,
    private readonly mark: (name: string) => Mark,
  ) {}

  /**
   * Resolves when the command has ended and nothing of what it started runs any more.
   * One that cannot be executed ends with code 126 or 127, as in a shell.
   * @throws the reason of `signal`
   */
  async run(options: StartOptions, signal: AbortSignal): Promise<Exit> {
    signal.throwIfAborted();
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const name = randomUUID();
    const note = join(this.folder, `${name}.json`);
    let group: ProcessGroup | undefined;
    try {
      group = await startGroup({
        ...options,
        mark: this.mark(name),
        note: (identity) => writeFile(note, JSON.stringify(identity), { mode: 0o600 }),
      });
      return await ended(group, signal);
    } finally {
      await group?.stop({ graceMs });
      await rm(note, { force: true });
    }
  }

  /** Ends what an earlier server left running. @returns whether there was anything */
  async clean(): Promise<boolean> {
    const names = await readdir(this.folder).catch(() => []);
    for (const name of names) {
      const file = join(this.folder, name);
      const note = await readFile(file, 'utf8').catch(() => '');
      // One that is torn was not finished before its server died: its command was never executed.
      const identity = name.endsWith('.json') ? identitySchema.safeParse(parse(note)).data : undefined;
      if (identity) await stopGroup(identity, graceMs);
      await rm(file, { force: true });
    }
    return names.length > 0;
  }
}

async function ended({ exited }: ProcessGroup, signal: AbortSignal): Promise<Exit> {
  // It may have been aborted while it was being started.
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    const exit = await Promise.race([exited, aborted]);
    signal.throwIfAborted();
    return exit ?? (await exited);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
