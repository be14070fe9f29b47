import { workspaceFolders } from '../records/workspace-folders.js';
import { Journal } from '../records/journal.js';
import type { JournalRecord } from '../records/record.js';
import type { RunName } from '../records/run-name.js';
import { readRunRecords } from '../records/run-records.js';
import type { Notice } from './notice.js';
import { Notifier } from './notifier.js';
import type { Webhook } from './webhook.js';

/** What is told of a run of Nx, and was told by its earlier batches: each notes it in the journal. */
export class RunNotifier {
  readonly #journal: Journal;
  readonly #notifier: Notifier;

  constructor(
    readonly workspaceRoot: string,
    readonly name: RunName,
    webhook: Webhook,
    warn: (message: string) => void,
  ) {
    this.#journal = new Journal(workspaceFolders(workspaceRoot).journal);
    this.#notifier = new Notifier(webhook, warn);
  }

  /** What was recorded so far; nothing where the journal cannot be read, which is told by who keeps it. */
  records(): JournalRecord[] {
    try {
      return readRunRecords(this.#journal, this.name);
    } catch {
      return [];
    }
  }

  tell(notice: Notice): void {
    this.#notifier.tell(notice);
    const { run, at, environment, event } = notice;
    try {
      this.#journal.append({ type: 'notified', run, at, environment, event });
    } catch {
      // A full disk: it is told all the same.
    }
  }

  close(withinMs?: number): Promise<void> {
    return this.#notifier.close(withinMs);
  }
}

/** The last that was told of a run; undefined for nothing. */
export function lastNotified(records: readonly JournalRecord[]): string | undefined {
  return records.findLast((record) => record.type === 'notified')?.event;
}
