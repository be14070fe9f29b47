import { ChainedJournal } from '../records/chained-journal.js';
import type { JournalRecord } from '../records/record.js';
import type { RunName } from '../records/run-name.js';
import { readRunRecords } from '../records/run-records.js';
import { workspaceFolders } from '../records/workspace-folders.js';
import type { Notice } from './notice.js';
import { Notifier } from './notifier.js';
import type { Webhook } from './webhook.js';

/** Sends the notices of a run of Nx, and records them in the journal for later batches. */
export class RunNotifier {
  readonly #journal: ChainedJournal;
  readonly #notifier: Notifier;

  constructor(
    readonly workspaceRoot: string,
    readonly name: RunName,
    webhook: Webhook,
    warn: (message: string) => void,
  ) {
    this.#journal = new ChainedJournal(workspaceFolders(workspaceRoot).journal);
    this.#notifier = new Notifier(webhook, warn);
  }

  /** The records so far; empty if the journal cannot be read, which the recorder reports. */
  records(): JournalRecord[] {
    try {
      return readRunRecords(this.#journal, this.name);
    } catch {
      return [];
    }
  }

  notify(notice: Notice): void {
    this.#notifier.notify(notice);
    const { run, at, environment, event } = notice;
    try {
      this.#journal.append({ type: 'notified', run, at, environment, event });
    } catch {
      // The disk may be full: the notice is sent anyway.
    }
  }

  close(withinMs?: number): Promise<void> {
    return this.#notifier.close(withinMs);
  }
}

/** The last notice of a run; undefined if there was none. */
export function lastNotified(records: readonly JournalRecord[]): string | undefined {
  return records.findLast((record) => record.type === 'notified')?.event;
}
