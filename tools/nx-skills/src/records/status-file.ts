import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { Journal } from './journal.js';
import { parseRecord } from './record.js';
import { removeAbandoned, replaceFile } from './replace-file.js';
import { StatusFold, statusSchema, type Status } from './status.js';

/** The file also says how much of the journal is in it, so that nobody folds the same line twice. */
const fileSchema = statusSchema.extend({ journal_bytes: z.int().min(0) });

/**
 * The status file of a workspace, folded from the journal. Any number of processes keep it at once: each writes
 * what the journal said up to some byte, and looks again when the journal has grown meanwhile, so the last one
 * to write has seen everything.
 */
export class StatusFile {
  #fold = new StatusFold();
  /** In bytes of the journal. */
  #folded = 0;
  #resumed = false;

  constructor(
    readonly path: string,
    readonly journal: Journal,
  ) {}

  /** The status as the journal has it. */
  read(): Status {
    if (!this.#resumed) this.#resume();
    this.#foldNew();
    return this.#fold.status;
  }

  /** Brings the file up to date with the journal. */
  refresh(): void {
    this.read();
    do this.#write();
    while (this.#foldNew());
  }

  /** Whether there was anything new. */
  #foldNew(): boolean {
    const before = this.#folded;
    for (;;) {
      const { lines, offset } = this.journal.readFrom(this.#folded);
      if (offset === this.#folded) return offset > before;
      for (const line of lines) {
        const record = parseRecord(line);
        if (record) this.#fold.add(record);
      }
      this.#folded = offset;
    }
  }

  #write(): void {
    const known = { ...this.#fold.status, journal_bytes: this.#folded };
    replaceFile(this.path, `${JSON.stringify(known, null, 2)}\n`);
  }

  /** Goes on from the file, where it is whole and belongs to this journal; else folds the journal from its start. */
  #resume(): void {
    removeAbandoned(this.path);
    const known = readKnown(this.path);
    this.#resumed = true;
    if (!known || known.journal_bytes > this.journal.size()) return;
    const { journal_bytes: folded, ...status } = known;
    this.#fold = new StatusFold(status);
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
