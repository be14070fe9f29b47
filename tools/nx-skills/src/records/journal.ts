import { claim } from '@odoobo/machine/claim';
import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { defaultPartBytes, type JournalPart, type OpenJournal, withJournalFile } from './journal-file.js';
import { appendPrivately } from './private-file.js';
import { fileTimestamp, timeInFileName } from './run-name.js';

export type { JournalPart } from './journal-file.js';

/** How large a journal grows before a new one is begun, in bytes: 2,000 deploys of a skill. */
const largestBytes = 4 * 1024 * 1024;

/** How far each of a journal's files was read, in bytes; by what tells them apart, whatever they are called. */
export type Positions = Readonly<Record<string, number>>;

export interface RotateOptions {
  now?: Date;
  /** In bytes. */
  limit?: number | undefined;
}

/** What was not read yet of one of a journal's files: a part of it at most. */
export interface JournalNews {
  lines: string[];
  positions: Positions;
}

/**
 * An append-only journal of JSON lines that many processes write at once.
 * Each line is one write to a file opened for appending, so lines never mix and none is lost. A file that is large is renamed
 * to one in `archives`, and the next line begins a new one. Whoever has opened the old one at that very moment writes his
 * line there: readers look at all of them, and each remembers of each how far it has read.
 */
export class Journal {
  constructor(
    readonly path: string,
    readonly partBytes = defaultPartBytes,
    /** The folder of the files that were large. */
    readonly archives = join(dirname(path), 'logs', 'journal'),
  ) {}

  append(event: object): void {
    mkdirSync(dirname(this.path), { recursive: true });
    // What a crash may have torn before is closed by a newline of our own: readers skip the blank line that is usual.
    const isTorn = this.#present((file) => file?.endsTorn() ?? false);
    appendPrivately(this.path, `${isTorn ? '\n' : ''}${JSON.stringify(event)}\n`);
  }

  /** Begins a new file where the present one is large. @returns whether it did */
  async rotate({ now = new Date(), limit = largestBytes }: RotateOptions = {}): Promise<boolean> {
    if (this.size() < limit) return false;
    // One process at a time: the names of the files must sort as the files were begun.
    const held = await claim(join(this.archives, 'rotation.claim'));
    try {
      if (this.size() < limit) return false;
      renameSync(this.path, join(this.archives, this.#nextName(now)));
      return true;
    } finally {
      await held.release();
    }
  }

  /** Sorts after every present name, also where the clock was set back or has not moved since the last one. */
  #nextName(now: Date): string {
    const last = timeInFileName(basename(this.archived().at(-1) ?? '')) ?? -Infinity;
    return `${fileTimestamp(new Date(Math.max(now.getTime(), last + 1)).toISOString())}.jsonl`;
  }

  /** Complete lines of the present file from `offset` on, a part of it at most; a torn last line is left for later. */
  readFrom(offset: number): JournalPart {
    return this.#present((file) => file?.readFrom(offset) ?? { lines: [], offset });
  }

  /**
   * Some of what was not read yet, oldest first; no lines where all was. A torn last line is left for later.
   */
  readNew(positions: Positions): JournalNews {
    return this.#present((file) => this.#firstNews(positions, file));
  }

  /** Whether one of its files is one of those whose positions these are, and no shorter than was read. */
  knows(positions: Positions): boolean {
    return this.#present((present) => {
      const isKnown = (file: OpenJournal) => (positions[file.id() ?? ''] ?? Infinity) <= file.size();
      if (present && isKnown(present)) return true;
      return this.archived().some((path) => withJournalFile(path, this.partBytes, isKnown) ?? false);
    });
  }

  /**
   * The lines since a moment, and perhaps some from before it. Reads from the end: that costs what has happened since,
   * however long the journal is.
   *
   * @param time ISO time
   */
  readSince(time: string): string[] {
    return this.#backwards((file) => ({ lines: file.readSince(time), isEnough: file.beganBefore(time) }));
  }

  /** The last lines: of each file at most so many bytes. */
  readLast(bytes: number): string[] {
    return this.#backwards((file) => ({ lines: file.readLast(bytes), isEnough: file.size() >= bytes }));
  }

  /** Of the present file, in bytes; 0 where there is none yet. */
  size(): number {
    return this.#present((file) => file?.size() ?? 0);
  }

  /** Whether all of one of the files that were large was read, but a last line that a crash has torn. */
  isRead(path: string, positions: Positions): boolean {
    const isRead = (file: OpenJournal) => newsIn(file, positions) === undefined;
    return withJournalFile(path, this.partBytes, isRead) ?? true;
  }

  /** The files that were large, oldest first. */
  archived(): string[] {
    return archivesIn(this.archives).map((name) => join(this.archives, name));
  }

  /** The present file was opened first: should it be renamed meanwhile, it is among the others, and nothing came before it. */
  #firstNews(positions: Positions, present: OpenJournal | undefined): JournalNews {
    const presentId = present?.id();
    for (const path of this.archived()) {
      const news = withJournalFile(path, this.partBytes, (file) =>
        file.id() === presentId ? undefined : newsIn(file, positions),
      );
      if (news) return news;
    }
    return (present && newsIn(present, positions)) ?? { lines: [], positions };
  }

  /** From the newest to the oldest, until there is enough. */
  #backwards(read: (file: OpenJournal) => { lines: string[]; isEnough: boolean }): string[] {
    const seen = new Set<string | undefined>();
    const parts: string[][] = [];
    for (const path of [this.path, ...this.archived().reverse()]) {
      const isEnough = withJournalFile(path, this.partBytes, (file) => {
        const id = file.id();
        // It was renamed since it was read.
        if (seen.has(id)) return false;
        seen.add(id);
        const part = read(file);
        parts.unshift(part.lines);
        return part.isEnough;
      });
      if (isEnough) break;
    }
    return parts.flat();
  }

  /** With the present file open, where there is one. */
  #present<T>(use: (file: OpenJournal | undefined) => T): T {
    const result = withJournalFile(this.path, this.partBytes, (file) => ({ value: use(file) }));
    return result ? result.value : use(undefined);
  }
}

/** Undefined where all of it was read. */
function newsIn(file: OpenJournal, positions: Positions): JournalNews | undefined {
  const id = file.id();
  if (id === undefined) return undefined;
  const from = positions[id] ?? 0;
  const { lines, offset } = file.readFrom(from);
  return offset === from ? undefined : { lines, positions: { ...positions, [id]: offset } };
}

function archivesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
