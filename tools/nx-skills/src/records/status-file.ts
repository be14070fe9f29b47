import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { Journal } from './journal.js';
import { parseRecord } from './record.js';
import { removeAbandoned, replaceFile } from './replace-file.js';
import { foldRecord, statusSchema, type Status } from './status.js';

/** The file also says how much of the journal is in it, so that nobody folds the same line twice. */
const fileSchema = statusSchema.extend({ journal_bytes: z.int().min(0) });

/**
 * The status file of a workspace, folded from the journal. Any number of processes keep it at once: each writes
 * what the journal said up to some byte, and looks again when the journal has grown meanwhile, so the last one
 * to write has seen everything.
 */
export class StatusFile {
  #status: Status | undefined;
  /** In bytes of the journal. */
  #folded = 0;
  #resumed = false;

  constructor(
    readonly path: string,
    readonly journal: Journal,
  ) {}

  /** The status as the journal has it; none where nothing was recorded yet. */
  read(): Status | undefined {
    if (!this.#resumed) this.#resume();
    this.#fold();
    return this.#status;
  }

  /** Brings the file up to date with the journal. */
  refresh(): void {
    this.read();
    do {
      if (this.#status) this.#write(this.#status);
    } while (this.#fold());
  }

  /** Whether there was anything new. */
  #fold(): boolean {
    const before = this.#folded;
    for (;;) {
      const { lines, offset } = this.journal.readFrom(this.#folded);
      if (offset === this.#folded) return offset > before;
      for (const line of lines) {
        const record = parseRecord(line);
        if (record) this.#status = foldRecord(this.#status, record);
      }
      this.#folded = offset;
    }
  }

  #write(status: Status): void {
    replaceFile(this.path, `${JSON.stringify({ ...status, journal_bytes: this.#folded }, null, 2)}\n`);
  }

  /** Goes on from the file, where it is whole and belongs to this journal; else folds the journal from its start. */
  #resume(): void {
    removeAbandoned(this.path);
    const known = readKnown(this.path);
    this.#resumed = true;
    if (!known || known.journal_bytes > this.journal.size()) return;
    const { journal_bytes: folded, ...status } = known;
    this.#status = status;
    this.#folded = folded;
  }
}

function readKnown(path: string): z.infer<typeof fileSchema> | undefined {
  try {
    return fileSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}
