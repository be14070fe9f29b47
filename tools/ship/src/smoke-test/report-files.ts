import { claim } from '@odoobo/machine/claim';
import { startDeadline, systemClock } from '@odoobo/machine/time';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { appendPrivately } from '../records/private-file.js';
import { replaceFile } from '../records/replace-file.js';
import { fileTimestamp } from '../records/run-name.js';
import type { WorkspaceFolders } from '../records/workspace-folders.js';
import { toJUnit } from './junit.js';
import { mergeReports, type StageReport, type TestReport, testReportSchema } from './report.js';

/** The longest time for other processes of the run to write their reports, in milliseconds. */
const mergeMs = 30_000;

/**
 * The files of a run: `test-{timestamp}.log`, one line per event as it happens, and at the end `.json` and `.xml`. If
 * Nx runs each skill in its own process, all write the same files. A test never fails because it cannot be reported (a
 * full disk, say): one warning is shown.
 */
export class ReportFiles {
  readonly #path: string;
  #warned = false;

  constructor(
    readonly folders: WorkspaceFolders,
    readonly startedAt: string,
    readonly warn: (message: string) => void,
  ) {
    this.#path = join(folders.testLogs, `test-${fileTimestamp(startedAt)}`);
  }

  /** Without the file ending. */
  get shownName(): string {
    return `logs/tests/test-${fileTimestamp(this.startedAt)}`;
  }

  /** Logs the stages of a skill. */
  logStage(skill: string): (stage: StageReport) => void {
    return (stage) => this.#log(`${skill} ${describeStage(stage)}`);
  }

  /** Writes the report, merged with those of other processes of the same run. */
  async publish(report: TestReport): Promise<void> {
    const { length } = report.skills;
    const failed = report.skills.filter(({ success }) => !success).length;
    this.#log(`finished: ${length - failed} of ${length} passed`);
    try {
      await this.#merge(report);
    } catch (error) {
      this.#warnOnce(error);
    }
  }

  async #merge(report: TestReport): Promise<void> {
    const deadline = startDeadline(systemClock, mergeMs);
    const { signal } = deadline;
    const held = await claim(join(this.folders.claims, 'test-report.jsonl'), { signal }).finally(
      deadline.clear,
    );
    try {
      const whole = mergeReports(readReport(`${this.#path}.json`), report);
      replaceFile(`${this.#path}.json`, `${JSON.stringify(whole, null, 2)}\n`);
      replaceFile(`${this.#path}.xml`, toJUnit(whole));
    } finally {
      await held.release();
    }
  }

  /** An event is one line, whatever its text contains. */
  #log(event: string): void {
    const line = event.replaceAll(/\s*[\r\n]+\s*/g, ' ');
    try {
      mkdirSync(this.folders.testLogs, { recursive: true });
      appendPrivately(`${this.#path}.log`, `${new Date().toISOString()} ${line}\n`);
    } catch (error) {
      this.#warnOnce(error);
    }
  }

  #warnOnce(error: unknown): void {
    if (!this.#warned) this.warn(`The report of this run is not complete: ${(error as Error).message}`);
    this.#warned = true;
  }
}

function describeStage({ name, status, durationMs, detail, problems }: StageReport): string {
  const what = status === 'failed' ? problems.join('; ') : detail;
  return `${name}: ${status} in ${durationMs} ms: ${what}`;
}

function readReport(path: string): TestReport | undefined {
  try {
    return testReportSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}
