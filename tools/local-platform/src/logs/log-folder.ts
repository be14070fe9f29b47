import { appendFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The kinds of logs that are kept of each component of a deployment. */
export const logTypes = ['BUILD', 'DEPLOY', 'RUN'] as const;
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
  ) {}

  file(type: LogType): string {
    return logFile(this.root, this.deployment, this.component, type);
  }

  /** Makes the folder. Call it before the first line, and before a process writes to `file('RUN')`. */
  async open(): Promise<void> {
    await mkdir(join(this.root, this.deployment, this.component), { recursive: true, mode: 0o700 });
  }

  /** Appends one line with the time in front. */
  async write(type: LogType, message: string): Promise<void> {
    const line = `${new Date().toISOString()} ${this.redact(message)}\n`;
    await appendFile(this.file(type), line, { mode: 0o600 });
  }

  /** Appends lines of another log. */
  async append(type: LogType, lines: readonly string[]): Promise<void> {
    await appendFile(this.file(type), this.redact(lines.join('')), { mode: 0o600 });
  }
}

/** Deletes the logs of deployments that are no longer kept. */
export async function deleteLogs(root: string, deployments: readonly string[]): Promise<void> {
  for (const id of deployments) await rm(join(root, id), { recursive: true, force: true });
}
