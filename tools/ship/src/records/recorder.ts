import { anchorJournal, readHead, remoteUrl } from '@odoobo/git-flow';
import { mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describeError } from '../terminal/describe-error.js';
import { traceIdOf } from '../trace/trace-ids.js';
import { ChainedJournal } from './chained-journal.js';
import { describeRecord } from './describe-record.js';
import type { Journal } from './journal.js';
import { appendPrivately } from './private-file.js';
import type { JournalRecord } from './record.js';
import { fileTimestamp, type RunKind, type RunName } from './run-name.js';
import { readRunRecords } from './run-records.js';
import type { Status } from './status.js';
import { StatusFile } from './status-file.js';
import type { TaskOutcome } from './task-record.js';
import { tidyRecords } from './tidy-records.js';
import type { WorkspaceFolders } from './workspace-folders.js';

/** Longest delay of the status file behind the journal, in milliseconds. */
const refreshMs = 100;

/**
 * Keeps the records of a run: journal, status file and, for some kinds, logs. Its input contains no secret. A run never
 * fails because it cannot be recorded (a full disk, say): one warning is shown, and it continues.
 */
export class Recorder {
  readonly #journal: ChainedJournal;
  readonly #status: StatusFile;
  readonly #log: RunLog | undefined;
  #broken = false;
  #refresh: NodeJS.Timeout | undefined;

  constructor(
    protected readonly folders: WorkspaceFolders,
    readonly run: RunName,
    readonly warn: (message: string) => void,
  ) {
    this.#journal = new ChainedJournal(folders.journal);
    this.#status = new StatusFile(folders.status, this.#journal);
    const directory = logDirectory(folders, run.kind);
    this.#log = directory === undefined ? undefined : new RunLog(directory, run.startedAt, run.kind);
  }

  /** Records the result of a target that does not change what is live. */
  record(outcome: TaskOutcome): void {
    this.append({ ...outcome, run: this.run.run, at: new Date().toISOString() });
  }

  /**
   * Anchors what was recorded so far in git, so that it cannot be rewritten later. Where this run could not be recorded, the next
   * one does it.
   * @param remote that gets the anchor too
   */
  async anchor(remote: string | undefined): Promise<void> {
    if (this.#broken) return;
    const root = dirname(this.folders.platform);
    try {
      await anchor(this.#journal, { root, run: this.run.run, remote });
    } catch (error) {
      this.warn(`The records of this run are not anchored: ${describeError(error)}`);
    }
  }

  /**
   * Exports the run as a trace, if the environment names an endpoint. A run never fails because of it: there is one warning.
   * @param deadlineMs the export is given up then
   */
  async trace(deadlineMs: number): Promise<void> {
    const { run, traced } = this.run;
    if (!traced) return;
    try {
      const { exportTrace } = await import('../trace/export-trace.js');
      const records = this.readJournal((journal) => readRunRecords(journal, this.run)) ?? [];
      if ((await exportTrace(run, records, deadlineMs)) === 0) return;
      const at = new Date().toISOString();
      const trace_id = traceIdOf(run);
      const skills = [...new Set(records.flatMap((record) => ('skill' in record ? record.skill : [])))];
      this.append({ type: 'traced', run, at, trace_id, skills });
      this.#unlessBroken(() => this.#log?.writeRun(`${at} trace ${trace_id}`));
    } catch (error) {
      this.warn(`The trace of this run was not exported: ${describeError(error)}`);
    }
  }

  /** Updates the status file and tidies old records; call it at the end of a run. */
  async close(): Promise<void> {
    clearTimeout(this.#refresh);
    this.#unlessBroken(() => this.#status.refresh());
    try {
      await tidyRecords(this.folders);
    } catch (error) {
      this.warn(`Old records could not be deleted: ${(error as Error).message}`);
    }
  }

  protected append(record: JournalRecord): void {
    this.#unlessBroken(() => {
      this.#journal.append(record);
      if ('skill' in record) this.#log?.write(record, describeRecord(record));
    });
    this.#refreshSoon();
  }

  /** @returns undefined if it cannot be read */
  protected readStatus(): Status | undefined {
    return this.#unlessBroken(() => this.#status.read());
  }

  /** @returns undefined if the journal cannot be read */
  protected readJournal<T>(read: (journal: Journal) => T): T | undefined {
    return this.#unlessBroken(() => read(this.#journal));
  }

  /** A thousand skills make thousands of events: the file is updated at intervals, the journal immediately. */
  #refreshSoon(): void {
    this.#refresh ??= setTimeout(() => {
      this.#refresh = undefined;
      this.#unlessBroken(() => this.#status.refresh());
    }, refreshMs);
  }

  #unlessBroken<T>(use: () => T): T | undefined {
    try {
      return use();
    } catch (error) {
      if (!this.#broken) this.warn(`The records of this run are not complete: ${describeError(error)}`);
      this.#broken = true;
      return undefined;
    }
  }
}

/** Healthchecks and worktrees have no log, and smoke tests write their own. */
function logDirectory(folders: WorkspaceFolders, kind: RunKind): string | undefined {
  const { deploymentLogs, rollbackLogs, mergeLogs } = folders;
  const directories: Partial<Record<RunKind, string>> = {
    deploy: deploymentLogs,
    rollback: rollbackLogs,
    restart: deploymentLogs,
    scale: deploymentLogs,
    merge: mergeLogs,
  };
  return directories[kind];
}

/** The logs of one run: for a deploy `deploy-{timestamp}.log`, and `deploy-{timestamp}-{skill}.log` for each skill. */
class RunLog {
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

  /** @param line about the run as a whole */
  writeRun(line: string): void {
    this.#append('', `${line}\n`);
  }

  #append(suffix: string, text: string): void {
    mkdirSync(this.directory, { recursive: true });
    const name = `${this.kind}-${fileTimestamp(this.startedAt)}${suffix}.log`;
    appendPrivately(join(this.directory, name), text);
  }
}

interface AnchorOptions {
  /** The main checkout, which the journal is in. */
  root: string;
  run: string;
  /** The remote that gets the anchor too, if there is one of that name: then nobody can rewrite it on one machine. */
  remote: string | undefined;
}

/**
 * Anchors the end of a journal in git: from then on, no entry before it can be removed unnoticed. The journals of previews
 * are deleted with them, so they have no anchors.
 * @throws GitError when it cannot be kept
 */
export async function anchor(journal: ChainedJournal, { root, run, remote }: AnchorOptions): Promise<void> {
  if (dirname(journal.path) !== root) return;
  const tips = journal.tips();
  if (tips.length === 0 || !(await readHead(root))) return;
  const isThere = remote !== undefined && (await remoteUrl(remote, { cwd: root })) !== undefined;
  const about = { journal: basename(journal.path), at: new Date().toISOString(), run, tips };
  await anchorJournal(about, { cwd: root, ...(isThere && { remote }) });
}
