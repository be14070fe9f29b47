import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { appendPrivately } from './private-file.js';
import { fileTimestamp, type RunKind } from './run-name.js';

/** The logs of one run: for a deploy `deploy-{timestamp}.log`, and `deploy-{timestamp}-{skill}.log` for each skill. */
export class RunLog {
  /** @param startedAt ISO time */
  constructor(
    readonly directory: string,
    readonly startedAt: string,
    readonly kind: RunKind,
  ) {}

  /** @param text what has happened to a skill; each of its lines becomes a line of the logs */
  write({ at, skill }: { at: string; skill: string }, text: string): void {
    const lines = text.split('\n');
    this.#append('', lines.map((line) => `${at} ${skill} ${line}\n`).join(''));
    this.#append(`-${skill}`, lines.map((line) => `${at} ${line}\n`).join(''));
  }

  #append(suffix: string, text: string): void {
    mkdirSync(this.directory, { recursive: true });
    const name = `${this.kind}-${fileTimestamp(this.startedAt)}${suffix}.log`;
    appendPrivately(join(this.directory, name), text);
  }
}
