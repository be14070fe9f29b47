import type { DeployEvent, DeployResult } from '@odoobo/app-platform';
import type { WorkspaceFolders } from '../environment/workspace-folders.js';
import { Journal } from './journal.js';
import { parseRecord, type JournalRecord, type RunRecord } from './record.js';
import { RunLog } from './run-log.js';
import type { RunName } from './run-name.js';
import { StatusFile } from './status-file.js';

export interface RunDescription extends RunName {
  environment: string;
  skills: Extract<RunRecord, { type: 'run-started' }>['skills'];
}

/** How far the status file may be behind the journal, in milliseconds. */
const refreshMs = 100;

/**
 * Keeps the records of a run: journal, status file and logs. The engine has taken the secrets out of its events.
 * A deployment never fails because it cannot be recorded (a full disk, say): that is told once, and it goes on.
 */
export class Recorder {
  readonly #journal: Journal;
  readonly #status: StatusFile;
  readonly #log: RunLog;
  #broken = false;
  #refresh: NodeJS.Timeout | undefined;

  constructor(
    folders: WorkspaceFolders,
    readonly run: RunDescription,
    readonly warn: (message: string) => void,
  ) {
    this.#journal = new Journal(folders.journal);
    this.#status = new StatusFile(folders.status, this.#journal);
    const logs = { deploy: folders.deploymentLogs, rollback: folders.rollbackLogs }[run.kind];
    this.#log = new RunLog(logs, run.startedAt, run.kind);
  }

  /** How skills that an earlier batch of the same run has shipped ended. */
  earlierResults(): DeployResult[] {
    const { lines } = this.#journal.readFrom(0);
    const ours = lines
      .filter((line) => line.includes(this.run.run))
      .flatMap((line) => parseRecord(line) ?? []);
    return ours.flatMap((record) => (record.type === 'finished' ? [record.result] : []));
  }

  start(): void {
    const { run, environment, skills } = this.run;
    this.#record({ type: 'run-started', run, at: new Date().toISOString(), environment, skills });
  }

  event(event: DeployEvent): void {
    this.#record({ ...event, run: this.run.run, environment: this.run.environment }, () =>
      this.#log.write(event),
    );
  }

  finish(status: Extract<RunRecord, { type: 'run-finished' }>['status']): void {
    this.#record({ type: 'run-finished', run: this.run.run, at: new Date().toISOString(), status });
    clearTimeout(this.#refresh);
    this.#unlessBroken(() => this.#status.refresh());
  }

  #record(record: JournalRecord, log: () => void = () => {}): void {
    this.#unlessBroken(() => {
      this.#journal.append(record);
      log();
    });
    this.#refreshSoon();
  }

  /** A thousand skills make thousands of events: the file follows at its own pace, the journal has them all at once. */
  #refreshSoon(): void {
    this.#refresh ??= setTimeout(() => {
      this.#refresh = undefined;
      this.#unlessBroken(() => this.#status.refresh());
    }, refreshMs);
  }

  #unlessBroken(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (this.#broken) return;
      this.#broken = true;
      this.warn(
        `The records of this run are not complete: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}
