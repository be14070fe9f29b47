import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DeployEvent } from '@odoobo/app-platform';
import { describeEvent } from './describe-event.js';
import { fileTimestamp, type RunKind } from './run-name.js';

/** The logs of one run: for a deploy `deploy-{timestamp}.log` for all of it, `deploy-{timestamp}-{skill}.log` for each skill. */
export class RunLog {
  /** @param startedAt ISO time */
  constructor(
    readonly directory: string,
    readonly startedAt: string,
    readonly kind: RunKind,
  ) {}

  write(event: DeployEvent): void {
    const lines = describeEvent(event).split('\n');
    this.#append('', lines.map((line) => `${event.at} ${event.skill} ${line}\n`).join(''));
    this.#append(`-${event.skill}`, lines.map((line) => `${event.at} ${line}\n`).join(''));
  }

  #append(suffix: string, text: string): void {
    mkdirSync(this.directory, { recursive: true });
    appendFileSync(join(this.directory, `${this.kind}-${fileTimestamp(this.startedAt)}${suffix}.log`), text);
  }
}
