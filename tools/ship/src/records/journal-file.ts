import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** How much is read at once, in bytes: a large journal must not fill the memory. */
export const defaultPartBytes = 8 * 1024 * 1024;

/** How far back the first read for new lines goes, in bytes. */
const firstLookBytes = 64 * 1024;

/** Most first lines are shorter. */
const longFirstLineBytes = 4 * 1024;

/** The result of reading a journal: some lines after an offset, and where the next ones start. */
export interface JournalPart {
  lines: string[];
  /** Bytes from the start of the file. */
  offset: number;
}

/** A file of JSON lines that is open for reading; it stays the same file when it is renamed. */
export class OpenJournal {
  constructor(
    private readonly file: number,
    private readonly partBytes = defaultPartBytes,
  ) {}

  /** Complete lines from `offset` on, at most one part of the file; an incomplete last line is left for later. */
  readFrom(offset: number): JournalPart {
    for (let length = this.partBytes; ; length *= 2) {
      const bytes = this.#read(offset, length);
      const end = bytes.lastIndexOf('\n') + 1;
      const isCut = end === 0 && bytes.length === length;
      if (isCut) continue;
      const lines = bytes.subarray(0, end).toString('utf8').split('\n');
      return { lines: lines.filter((line) => line !== ''), offset: offset + end };
    }
  }

  /** The lines since a time, and perhaps some earlier ones; reads from the end. @param time ISO time */
  readSince(time: string): string[] {
    const size = this.size();
    for (let length = firstLookBytes; ; length *= 2) {
      if (length >= size) return this.#readAll(0);
      // The first line is usually cut.
      const lines = this.#readAll(size - length).slice(1);
      if (isFromBefore(lines[0], time)) return lines;
    }
  }

  /** The last lines, at most so many bytes. */
  readLast(bytes: number): string[] {
    const from = Math.max(0, this.size() - bytes);
    const { lines } = this.readFrom(from);
    return from === 0 ? lines : lines.slice(1);
  }

  /** Whether the file began before a time. @param time ISO time */
  beganBefore(time: string): boolean {
    return isFromBefore(this.#firstLine(), time);
  }

  /** Identifies the file: its first line names a run and a time. Undefined while that line is incomplete. */
  id(): string | undefined {
    const line = this.#firstLine();
    return line && createHash('sha256').update(line).digest('hex').slice(0, 16);
  }

  /** Tells files apart, also those whose first lines are equal or incomplete. */
  identity(): string {
    const { dev, ino, birthtimeMs } = fstatSync(this.file);
    return `${dev}-${ino}-${birthtimeMs}`;
  }

  /** Where the last complete line ends, in bytes from the start. */
  endOfLines(): number {
    const size = this.size();
    for (let length = firstLookBytes; ; length *= 2) {
      const from = Math.max(0, size - length);
      const end = this.#read(from, size - from).lastIndexOf('\n') + 1;
      if (end > 0 || from === 0) return from + end;
    }
  }

  size(): number {
    return fstatSync(this.file).size;
  }

  endsTorn(): boolean {
    const size = this.size();
    return size > 0 && this.#read(size - 1, 1)[0] !== 0x0a;
  }

  #firstLine(): string | undefined {
    for (let length = longFirstLineBytes; ; length *= 2) {
      const bytes = this.#read(0, length);
      const end = bytes.indexOf('\n');
      if (end !== -1) return bytes.subarray(0, end).toString('utf8');
      if (bytes.length < length) return undefined;
    }
  }

  #readAll(offset: number): string[] {
    const parts: string[][] = [];
    for (let from = offset; ;) {
      const part = this.readFrom(from);
      if (part.offset === from) return parts.flat();
      parts.push(part.lines);
      from = part.offset;
    }
  }

  #read(offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(Math.min(length, Math.max(0, this.size() - offset)));
    return bytes.subarray(0, readSync(this.file, bytes, 0, bytes.length, offset));
  }
}

/** Undefined if there is no such file. */
export function withJournalFile<T>(
  path: string,
  partBytes: number,
  use: (journal: OpenJournal) => T,
): T | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return use(new OpenJournal(file, partBytes));
  } finally {
    closeSync(file);
  }
}

function isFromBefore(line: string | undefined, time: string): boolean {
  try {
    const { at } = JSON.parse(line ?? '{}') as { at?: unknown };
    return typeof at === 'string' && at < time;
  } catch {
    return false;
  }
}
