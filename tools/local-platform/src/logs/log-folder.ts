import { appendFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cutFront } from './cut-front.js';
import { type LogCaps, printedLogs } from './log-caps.js';
import { type LogLimit, longestMessage, ownLimit } from './log-limits.js';
import { readLines, readTail } from './read-log.js';
import { withTime } from './with-time.js';

/** The kinds of logs that are kept of each component of a deployment. */
export const logTypes = ['BUILD', 'DEPLOY', 'RUN', 'RUN_RESTARTED'] as const;
export type LogType = (typeof logTypes)[number];

export function logFile(root: string, deployment: string, component: string, type: LogType): string {
  return join(root, deployment, component, `${type.toLowerCase()}.log`);
}

/** For how many ended processes the output is kept. */
const keptEnds = 10;

/** How much output each of them except the last may leave. */
const olderLimit: LogLimit = { most: 512 * 1024, kept: 256 * 1024 };

/** How many lines are copied of a log that continues. */
const copiedLines = 200;

/** The files of a log, oldest first, whether they are there or not: RUN_RESTARTED has one for each process that ended. */
export function logFiles(root: string, deployment: string, component: string, type: LogType): string[] {
  const file = logFile(root, deployment, component, type);
  if (type !== 'RUN_RESTARTED') return [file];
  const older = Array.from({ length: keptEnds - 1 }, (_, index) =>
    file.replace(/\.log$/, `-${index + 1}.log`),
  );
  return [...older.reverse(), file];
}

/** What the platform itself did for one component of a deployment, beside what the service prints. */
export class ComponentLog {
  constructor(
    private readonly root: string,
    private readonly deployment: string,
    private readonly component: string,
    private readonly redact: (text: string) => string,
    private readonly warn: (message: string) => void,
  ) {}

  file(type: LogType): string {
    return logFile(this.root, this.deployment, this.component, type);
  }

  /** Makes the folder. Call it before the first line, and before a process writes to `file('RUN')`. */
  async open(): Promise<void> {
    await mkdir(join(this.root, this.deployment, this.component), { recursive: true, mode: 0o700 });
  }

  /**
   * Moves the output of the process that has just ended to the end of RUN_RESTARTED; the next one begins a new RUN.
   * @param isShared Others keep printing to RUN: the last of it is copied, with their lines among it.
   */
  async restart(caps: LogCaps, isShared: boolean): Promise<void> {
    try {
      const tail = await readTail(this.file('RUN'), copiedLines);
      // A process that printed nothing leaves nothing to keep: it would only push out the output of others.
      if (tail.every(isOwnLine)) return;
      await caps.times.note(this.file('RUN'));
      const last = await this.#makeRoom(caps);
      if (isShared) await this.#copyTail(last, caps);
      else await move(this.file('RUN'), last, caps);
    } catch (error) {
      this.warn(`${this.file('RUN')} could not be set aside: ${(error as Error).message}`);
    }
  }

  /** Shifts the files of RUN_RESTARTED back by one and drops the oldest. @returns where the next one goes */
  async #makeRoom(caps: LogCaps): Promise<string> {
    const files = logFiles(this.root, this.deployment, this.component, 'RUN_RESTARTED');
    const last = this.file('RUN_RESTARTED');
    await caps.cut([last], olderLimit);
    for (const [index, older] of files.slice(0, -1).entries()) {
      const newer = files[index + 1] ?? last;
      await move(newer, older, caps).catch(ignoreMissing);
    }
    return last;
  }

  async #copyTail(to: string, caps: LogCaps): Promise<void> {
    const lines: string[] = [];
    const tail = readLines(this.file('RUN'), { tailLines: copiedLines, caps });
    for await (const { text, at = Date.now() } of tail) lines.push(withTime(text, at));
    await writeFile(to, lines.join(''), { mode: 0o600 });
  }

  /**
   * Appends a message, each line with the time in front; of a very long one, its end. Never rejects: what runs must not stop for its log.
   */
  async write(type: LogType, message: string): Promise<void> {
    const shown = this.redact(message).slice(-longestMessage);
    const now = Date.now();
    const lines = shown
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => withTime(line, now));
    try {
      await appendFile(this.file(type), lines.join(''), { mode: 0o600 });
      // What is printed goes into the other ones; those are cut as they grow.
      if (type === 'DEPLOY') await cutFront(this.file(type), ownLimit);
    } catch (error) {
      this.warn(`${shown} (${this.file(type)} could not be written: ${(error as Error).message})`);
    }
  }
}

/** Whether the platform, not a process, wrote a line of RUN. */
export function isOwnLine(line: string): boolean {
  return /^\S+Z \[local-platform\] /.test(line);
}

async function move(from: string, to: string, caps: LogCaps): Promise<void> {
  await rename(from, to);
  await caps.times.renamed(from, to);
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

/** Cuts the logs of deployments that are over, too: nothing prints to those any more. */
export async function cutLogs(root: string, caps: LogCaps): Promise<void> {
  const names = await readdir(root, { recursive: true }).catch(() => []);
  const logs = names.filter((name) => printedLogs.includes(basename(name)));
  for (const name of logs) await caps.cut([join(root, name)]);
}

/** Deletes the logs of deployments that are no longer kept. */
export async function deleteLogs(root: string, deployments: readonly string[]): Promise<void> {
  for (const id of deployments) await rm(join(root, id), { recursive: true, force: true });
}
