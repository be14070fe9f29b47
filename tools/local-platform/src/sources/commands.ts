import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { startGroup, type Exit, type ProcessGroup, type StartOptions } from '../process/process-group.js';
import { stopGroup } from '../process/stop-group.js';
import { replaceFile } from '../state/atomic-file.js';

const identitySchema = z.object({ pid: z.number(), startTime: z.string(), bootId: z.string() });

/** What a command that is given up, and what it left in the background, gets to end by itself. */
const graceMs = 1000;

/**
 * Runs commands to their end, each a process group of its own. Which ones run is noted in a folder: a server that is
 * killed leaves them running, and the next one ends them.
 */
export class Commands {
  constructor(private readonly folder: string) {}

  /**
   * Resolves when the command has ended and nothing of its group runs any more.
   * @throws Error when it cannot be executed; the reason of `signal`.
   */
  async run(options: StartOptions, signal: AbortSignal): Promise<Exit> {
    signal.throwIfAborted();
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const group = await startGroup(options);
    const note = join(this.folder, `${randomUUID()}.json`);
    try {
      await replaceFile(note, JSON.stringify(group.identity));
      return await ended(group, signal);
    } finally {
      await group.stop({ graceMs });
      await rm(note, { force: true });
    }
  }

  /** Ends what an earlier server left running. */
  async clean(): Promise<void> {
    for (const name of await readdir(this.folder).catch(() => [])) {
      const file = join(this.folder, name);
      const note = await readFile(file, 'utf8').catch(() => '');
      // One that is torn was not finished before its server died: its command had hardly begun.
      const identity = name.endsWith('.json') ? identitySchema.safeParse(parse(note)).data : undefined;
      if (identity) await stopGroup(identity, graceMs);
      await rm(file, { force: true });
    }
  }
}

async function ended({ exited }: ProcessGroup, signal: AbortSignal): Promise<Exit> {
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
