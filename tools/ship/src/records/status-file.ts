import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { Journal, Positions } from './journal.js';
import { readFolded } from './kept-records.js';
import { parseRecord } from './record.js';
import { removeAbandoned, replaceFile } from './replace-file.js';
import { type Status, StatusFold, statusSchema } from './status.js';

/** The file also says how much of each file of the journal it includes, so that no line is folded twice. */
const fileSchema = statusSchema.extend({ journal: z.record(z.string(), z.int().min(0)) });

/**
 * The status file of a workspace, folded from the journal. Any number of processes update it at once: each writes the
 * fold of the journal up to some byte, and reads on if the journal has grown meanwhile, so the last writer has seen
 * everything.
 */
export class StatusFile {
  #fold = new StatusFold();
  #folded: Positions = {};
  #resumed = false;

  constructor(
    readonly path: string,
    readonly journal: Journal,
  ) {}

  /** The status from the journal. */
  read(): Status {
    if (!this.#resumed) this.#resume();
    this.#foldNew();
    return this.#fold.status;
  }

  /** Updates the file from the journal. */
  refresh(): void {
    this.read();
    do this.#write();
    while (this.#foldNew());
  }

  /** @returns whether there was anything new */
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
    // Not beside the file: the root's temporary files are not ignored by git, so the daemon of Nx would compute the
    // project graph anew for each.
    replaceFile(this.path, `${JSON.stringify(known, null, 2)}\n`, { folder: this.journal.archives });
  }

  /** Continues from the file, if it is intact and belongs to this journal; otherwise folds the whole journal again. */
  #resume(): void {
    removeAbandoned(this.path, this.journal.archives);
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
