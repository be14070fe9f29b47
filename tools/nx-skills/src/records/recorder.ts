import type { WorkspaceFolders } from '../environment/workspace-folders.js';
import { describeTask } from './describe-task.js';
import { Journal } from './journal.js';
import type { JournalRecord } from './record.js';
import { RunLog } from './run-log.js';
import type { RunKind, RunName } from './run-name.js';
import { StatusFile } from './status-file.js';
import type { TaskOutcome, TaskRecord } from './task-record.js';

/** How far the status file may be behind the journal, in milliseconds. */
const refreshMs = 100;

/**
 * Keeps the records of a run: journal, status file and, for some kinds, logs. What it is given holds no secret.
 * A run never fails because it cannot be recorded (a full disk, say): that is told once, and it goes on.
 */
export class Recorder {
  protected readonly journal: Journal;
  readonly #status: StatusFile;
  readonly #log: RunLog | undefined;
  #broken = false;
  #refresh: NodeJS.Timeout | undefined;

  constructor(
    folders: WorkspaceFolders,
    readonly run: RunName,
    readonly warn: (message: string) => void,
  ) {
    this.journal = new Journal(folders.journal);
    this.#status = new StatusFile(folders.status, this.journal);
    const directory = logDirectory(folders, run.kind);
    this.#log = directory === undefined ? undefined : new RunLog(directory, run.startedAt, run.kind);
  }

  /** Records what a target came to for a skill that does not change what is live. */
  record(outcome: TaskOutcome): void {
    const record: TaskRecord = { ...outcome, run: this.run.run, at: new Date().toISOString() };
    this.append(record, describeTask(record));
  }

  /** Brings the status file up to date; to be called at the end of a run. */
  close(): void {
    clearTimeout(this.#refresh);
    this.#unlessBroken(() => this.#status.refresh());
  }

  /** @param told what the log says of it; none where that is about no skill */
  protected append(record: JournalRecord, told?: string): void {
    this.#unlessBroken(() => {
      this.journal.append(record);
      if (told !== undefined && 'skill' in record) this.#log?.write(record, told);
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

/** Healthchecks and worktrees have no log, and smoke tests write their own. */
function logDirectory(folders: WorkspaceFolders, kind: RunKind): string | undefined {
  const { deploymentLogs, rollbackLogs, mergeLogs } = folders;
  const directories: Partial<Record<RunKind, string>> = {
    deploy: deploymentLogs,
    rollback: rollbackLogs,
    merge: mergeLogs,
  };
  return directories[kind];
}
