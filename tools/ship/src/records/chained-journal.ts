import { statSync } from 'node:fs';
import { chained, tipsAfter } from './chain.js';
import { Journal } from './journal.js';
import { withJournalFile } from './journal-file.js';

/** How much of the end of a journal is read to continue it, in bytes: much more than some processes write at once. */
const tailBytes = 64 * 1024;

/** How far the current file was read, and which entries nobody had continued then. */
interface Seen {
  file: string;
  offset: number;
  tips: string[];
  /** The newest rotated file: a process that had just opened it may still write a line. */
  rotated: { path: string; bytes: number } | undefined;
}

/**
 * A journal whose entries form a chain of hashes, so that `nx-skills audit verify` finds one that was changed, removed or
 * moved. Writers take no lock: two that write at once continue the same entry, and the next one continues both.
 */
export class ChainedJournal extends Journal {
  #seen: Seen | undefined;

  override append(event: object): void {
    super.append(chained(event, this.tips()));
  }

  /** The hashes of the entries that no other has continued yet. */
  tips(): string[] {
    const seen = this.#readOn() ?? this.#readTail();
    this.#seen = seen;
    return seen?.tips ?? tipsAfter(this.readLast(tailBytes));
  }

  /** Undefined if the current file is not the one that was read. */
  #readOn(): Seen | undefined {
    const before = this.#seen;
    if (!before || bytesOf(before.rotated?.path) !== before.rotated?.bytes) return undefined;
    return withJournalFile(this.path, this.partBytes, (file) => {
      if (file.identity() !== before.file || file.size() < before.offset) return undefined;
      let { offset, tips } = before;
      for (;;) {
        const part = file.readFrom(offset);
        if (part.offset === offset) return { ...before, offset, tips };
        tips = tipsAfter(part.lines, tips);
        ({ offset } = part);
      }
    });
  }

  /** Undefined if there is no current file yet. */
  #readTail(): Seen | undefined {
    const start = withJournalFile(this.path, this.partBytes, (file) => ({
      file: file.identity(),
      offset: file.endOfLines(),
    }));
    // Listed after that: a file that is rotated in between is then not the current one, and all is read again.
    const path = this.archived().at(-1);
    const bytes = bytesOf(path);
    const rotated = path !== undefined && bytes !== undefined ? { path, bytes } : undefined;
    // The tail is read after the offset: what was written in between is read twice, and gives the same tips.
    return start && { ...start, rotated, tips: tipsAfter(this.readLast(tailBytes)) };
  }
}

/** Undefined if there is no such file. */
function bytesOf(path: string | undefined): number | undefined {
  return path === undefined ? undefined : statSync(path, { throwIfNoEntry: false })?.size;
}
