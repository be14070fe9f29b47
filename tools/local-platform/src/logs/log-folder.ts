import { appendFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cutFront } from './cut-front.js';
import type { LogCaps } from './log-caps.js';
import { longestMessage, ownLimit } from './log-limits.js';

/** The kinds of logs that are kept of each component of a deployment. */
export const logTypes = ['BUILD', 'DEPLOY', 'RUN', 'RUN_RESTARTED'] as const;
export type LogType = (typeof logTypes)[number];

export function logFile(root: string, deployment: string, component: string, type: LogType): string {
  return join(root, deployment, component, `${type.toLowerCase()}.log`);
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

  /** What the process printed that has just ended becomes RUN_RESTARTED; the next one begins a new RUN. */
  async restart(): Promise<void> {
    await rename(this.file('RUN'), this.file('RUN_RESTARTED')).catch((error: Error) => {
      this.warn(`${this.file('RUN')} could not be moved: ${error.message}`);
    });
  }

  /**
   * Appends a message with the time in front; of a very long one, its end. Never rejects: what runs must not stop for its log.
   */
  async write(type: LogType, message: string): Promise<void> {
    const shown = this.redact(message).slice(-longestMessage);
    const line = `${new Date().toISOString()} ${shown.replace(/\n$/, '')}\n`;
    try {
      await appendFile(this.file(type), line, { mode: 0o600 });
      // What is printed goes into the other ones; those are cut as they grow.
      if (type === 'DEPLOY') await cutFront(this.file(type), ownLimit);
    } catch (error) {
      this.warn(`${shown} (${this.file(type)} could not be written: ${(error as Error).message})`);
    }
  }
}

/** Cuts the logs of deployments that are over, too: nothing prints to those any more. */
export async function cutLogs(root: string, caps: LogCaps): Promise<void> {
  const names = await readdir(root, { recursive: true }).catch(() => []);
  const printed = ['run.log', 'run_restarted.log', 'build.log'];
  const logs = names.filter((name) => printed.includes(basename(name)));
  for (const name of logs) await caps.cut([join(root, name)]);
}

/** Deletes the logs of deployments that are no longer kept. */
export async function deleteLogs(root: string, deployments: readonly string[]): Promise<void> {
  for (const id of deployments) await rm(join(root, id), { recursive: true, force: true });
}
