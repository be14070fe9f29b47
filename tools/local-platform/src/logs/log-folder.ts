import { appendFile, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

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

  /** Appends a message with the time in front. Never rejects: what runs must not stop for its log. */
  async write(type: LogType, message: string): Promise<void> {
    const shown = this.redact(message);
    const line = `${new Date().toISOString()} ${shown.replace(/\n$/, '')}\n`;
    await appendFile(this.file(type), line, { mode: 0o600 }).catch((error: Error) => {
      this.warn(`${shown} (${this.file(type)} could not be written: ${error.message})`);
    });
  }
}

/** Deletes the logs of deployments that are no longer kept. */
export async function deleteLogs(root: string, deployments: readonly string[]): Promise<void> {
  for (const id of deployments) await rm(join(root, id), { recursive: true, force: true });
}
