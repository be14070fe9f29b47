import { claim } from '@odoobo/machine/claim';
import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { defaultPartBytes, type JournalPart, type OpenJournal, withJournalFile } from './journal-file.js';
import { appendPrivately } from './private-file.js';
import { fileTimestamp, timeInFileName } from './run-name.js';

export type { JournalPart } from './journal-file.js';

/** The size at which a journal is rotated, in bytes: 2,000 deploys of a skill. */
const largestBytes = 4 * 1024 * 1024;

/** How far each file of a journal was read, in bytes; keyed by the file's id, whatever its name. */
export type Positions = Readonly<Record<string, number>>;

export interface RotateOptions {
  now?: Date;
  /** In bytes. */
  limit?: number | undefined;
}

/** The unread lines of one file of a journal: at most a part of it. */
export interface JournalNews {
  lines: string[];
  positions: Positions;
}

/**
 * An append-only journal of JSON lines that many processes write at once. Each line is one write to a file opened for
 * appending, so lines never mix and none is lost. A large file is renamed into `archives`, and the next line begins a
 * new file. A process that has just opened the old file writes its line there: so readers read all files, and remember
 * how far they have read each.
 */
export class Journal {
  constructor(
    readonly path: string,
    readonly partBytes = defaultPartBytes,
    /** The folder of rotated files. */
    readonly archives = join(dirname(path), 'logs', 'journal'),
  ) {}

  append(event: object): void {
    mkdirSync(dirname(this.path), { recursive: true });
    // A newline closes a line that a crash may have left incomplete: readers skip the blank line that this usually makes.
    const isTorn = this.#present((file) => file?.endsTorn() ?? false);
    appendPrivately(this.path, `${isTorn ? '\n' : ''}${JSON.stringify(event)}\n`);
  }

  /** Begins a new file if the current one is large. @returns whether it did */
  async rotate({ now = new Date(), limit = largestBytes }: RotateOptions = {}): Promise<boolean> {
    if (this.size() < limit) return false;
    // One process at a time: the names of the files must sort in the order in which the files were begun.
    const held = await claim(join(this.archives, 'rotation.claim'));
    try {
      if (this.size() < limit) return false;
      renameSync(this.path, join(this.archives, this.#nextName(now)));
      return true;
    } finally {
      await held.release();
    }
  }

  /** Sorts after every existing name, even if the clock was set back or has not moved since the last one. */
  #nextName(now: Date): string {
    const last = timeInFileName(basename(this.archived().at(-1) ?? '')) ?? -Infinity;
    return `${fileTimestamp(new Date(Math.max(now.getTime(), last + 1)).toISOString())}.jsonl`;
  }

  /** Complete lines of the current file from `offset` on, at most a part of it; an incomplete last line is left for later. */
  readFrom(offset: number): JournalPart {
    return this.#present((file) => file?.readFrom(offset) ?? { lines: [], offset });
  }

  /** Some of the unread lines, oldest first; empty if all were read. An incomplete last line is left for later. */
  readNew(positions: Positions): JournalNews {
    return this.#present((file) => this.#firstNews(positions, file));
  }

  /** All complete lines, oldest first, part by part. */
  *parts(): Generator<string[]> {
    for (let positions: Positions = {}; ;) {
      const news = this.readNew(positions);
      if (news.positions === positions) return;
      yield news.lines;
      ({ positions } = news);
    }
  }

  /** Whether these positions belong to a file of this journal that is at least as long as was read. */
  knows(positions: Positions): boolean {
    return this.#present((present) => {
      const isKnown = (file: OpenJournal) => (positions[file.id() ?? ''] ?? Infinity) <= file.size();
      if (present && isKnown(present)) return true;
      return this.archived().some((path) => withJournalFile(path, this.partBytes, isKnown) ?? false);
    });
  }

  /**
   * The lines since a time, and perhaps some earlier ones. Reads from the end, so the cost depends on what has happened
   * since then, not on the length of the journal.
   * @param time ISO time
   */
  readSince(time: string): string[] {
    return this.#backwards((file) => ({ lines: file.readSince(time), isEnough: file.beganBefore(time) }));
  }

  /** The last lines, at most so many bytes of each file. */
  readLast(bytes: number): string[] {
    return this.#backwards((file) => ({ lines: file.readLast(bytes), isEnough: file.size() >= bytes }));
  }

  /** Size of the current file in bytes; 0 if there is none yet. */
  size(): number {
    return this.#present((file) => file?.size() ?? 0);
  }

  /** Whether all of a rotated file was read, except a last line that a crash has left incomplete. */
  isRead(path: string, positions: Positions): boolean {
    const isRead = (file: OpenJournal) => newsIn(file, positions) === undefined;
    return withJournalFile(path, this.partBytes, isRead) ?? true;
  }

  /** The rotated files, oldest first. */
  archived(): string[] {
    return archivesIn(this.archives).map((name) => join(this.archives, name));
  }

  /** The current file was opened first: if it is renamed meanwhile, it is among the others, and no file is older. */
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

  /** Reads from the newest file to the oldest, until there is enough. */
  #backwards(read: (file: OpenJournal) => { lines: string[]; isEnough: boolean }): string[] {
    const seen = new Set<string | undefined>();
    const parts: string[][] = [];
    for (const path of this.#newestFirst()) {
      const isEnough = withJournalFile(path, this.partBytes, (file) => {
        const id = file.id();
        // The file was renamed since it was read.
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

  /** The others are listed when the current file was read: listed before, one that is renamed meanwhile would be in neither. */
  *#newestFirst(): Generator<string> {
    yield this.path;
    yield* this.archived().reverse();
  }

  /** Calls `use` with the current file open, if there is one. */
  #present<T>(use: (file: OpenJournal | undefined) => T): T {
    const result = withJournalFile(this.path, this.partBytes, (file) => ({ value: use(file) }));
    return result ? result.value : use(undefined);
  }
}

/** Undefined if all of it was read. */
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
