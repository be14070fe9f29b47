import { claim } from '@odoobo/local-platform/client';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkspaceFolders } from '../../environment/workspace-folders.js';
import { replaceFile } from '../../records/replace-file.js';
import { fileTimestamp } from '../../records/run-name.js';
import { toJUnit } from './junit.js';
import { mergeReports, testReportSchema, type StageReport, type TestReport } from './report.js';

/**
 * The files of a run: `test-{timestamp}.log`, a line an event as it happens, and at the end `.json` and `.xml`. Where Nx
 * gives each skill a process of its own, all write the same files. A test never fails because it cannot be reported
 * (a full disk, say): that is told once.
 */
export class ReportFiles {
  readonly #path: string;
  #broken = false;

  constructor(
    readonly folders: WorkspaceFolders,
    readonly startedAt: string,
    readonly warn: (message: string) => void,
  ) {
    this.#path = join(folders.testLogs, `test-${fileTimestamp(startedAt)}`);
  }

  /** Without the ending. */
  get shownName(): string {
    return `logs/tests/test-${fileTimestamp(this.startedAt)}`;
  }

  /** Logs the stages of a skill. */
  logStage(skill: string): (stage: StageReport) => void {
    return (stage) => this.#log(`${skill} ${describeStage(stage)}`);
  }

  /** Writes the report, together with what other processes of the same run have reported. */
  async publish(report: TestReport): Promise<void> {
    const { length } = report.skills;
    const failed = report.skills.filter(({ success }) => !success).length;
    this.#log(`finished: ${length - failed} of ${length} passed`);
    const held = await claim(join(this.folders.claims, 'test-report.jsonl'));
    try {
      this.#unlessBroken(() => {
        const whole = mergeReports(readReport(`${this.#path}.json`), report);
        replaceFile(`${this.#path}.json`, `${JSON.stringify(whole, null, 2)}\n`);
        replaceFile(`${this.#path}.xml`, toJUnit(whole));
      });
    } finally {
      await held.release();
    }
  }

  /** An event is a line, whatever is in it. */
  #log(event: string): void {
    this.#unlessBroken(() => {
      mkdirSync(this.folders.testLogs, { recursive: true });
      const line = event.replaceAll(/\s*[\r\n]+\s*/g, ' ');
      appendFileSync(`${this.#path}.log`, `${new Date().toISOString()} ${line}\n`);
    });
  }

  #unlessBroken(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!this.#broken) this.warn(`The report of this run is not complete: ${(error as Error).message}`);
      this.#broken = true;
    }
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
