import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { Journal, Positions } from './journal.js';
import { readFolded } from './kept-records.js';
import { parseRecord } from './record.js';
import { removeAbandoned, replaceFile } from './replace-file.js';
import { type Status, StatusFold, statusSchema } from './status.js';

/** The file also says how much of each of the journal's files is in it, so that nobody folds the same line twice. */
const fileSchema = statusSchema.extend({ journal: z.record(z.string(), z.int().min(0)) });

/**
 * The status file of a workspace, folded from the journal. Any number of processes keep it at once: each writes
 * what the journal said up to some byte, and looks again when the journal has grown meanwhile, so the last one
 * to write has seen everything.
 */
export class StatusFile {
  #fold = new StatusFold();
  #folded: Positions = {};
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
      const { lines, positions } = this.journal.readNew(this.#folded);
      if (positions === this.#folded) return positions !== before;
      for (const line of lines) {
        const record = parseRecord(line);
        if (record) this.#fold.add(record);
      }
      this.#folded = positions;
    }
  }

  #write(): void {
    const known = { ...this.#fold.status, journal: this.#folded };
    replaceFile(this.path, `${JSON.stringify(known, null, 2)}\n`);
  }

  /** Goes on from the file, where it is whole and belongs to this journal; else folds the journal anew. */
  #resume(): void {
    removeAbandoned(this.path);
    const known = readKnown(this.path);
    this.#resumed = true;
    const isKnown = known && this.journal.knows(known.journal);
    const { status, positions } = isKnown ? split(known) : readFolded(this.journal);
    this.#fold = new StatusFold(status);
    this.#folded = positions;
  }
}

function split({ journal: positions, ...status }: z.infer<typeof fileSchema>) {
  return { status, positions };
}

function readKnown(path: string): z.infer<typeof fileSchema> | undefined {
  try {
    return fileSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}
