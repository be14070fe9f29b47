import { closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { appendPrivately } from './private-file.js';

/** How much is read at once, in bytes: a journal that has grown for years must not fill the memory. */
const defaultPartBytes = 8 * 1024 * 1024;

/** How far back the first look goes for what is new, in bytes. */
const firstLookBytes = 64 * 1024;

/** What a journal yields: some lines after an offset, and where the next ones start. */
export interface JournalPart {
  lines: string[];
  /** In bytes from the start of the file. */
  offset: number;
}

/**
 * An append-only file of JSON lines that many processes write at once.
 * Each line is one write to a file opened for appending, so lines never mix and none is lost.
 */
export class Journal {
  constructor(
    readonly path: string,
    readonly partBytes = defaultPartBytes,
  ) {}

  append(event: object): void {
    mkdirSync(dirname(this.path), { recursive: true });
    // What a crash may have torn before is closed by a newline of our own: readers skip the blank line that is usual.
    appendPrivately(this.path, `${this.#endsTorn() ? '\n' : ''}${JSON.stringify(event)}\n`);
  }

  /** Complete lines from `offset` on, a part of the file at most; a torn last line is left for later. */
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

  /**
   * The lines since a moment, and perhaps some from before it. Reads from the end: that costs what has happened since,
   * however long the journal is.
   *
   * @param time ISO time
   */
  readSince(time: string): string[] {
    const size = this.size();
    for (let length = firstLookBytes; ; length *= 2) {
      if (length >= size) return this.#readAll(0);
      // The first line is cut, as a rule.
      const lines = this.#readAll(size - length).slice(1);
      if (isFromBefore(lines[0], time)) return lines;
    }
  }

  /** In bytes; 0 where there is no journal yet. */
  size(): number {
    return this.#withFile((file) => fstatSync(file).size) ?? 0;
  }

  #endsTorn(): boolean {
    return (
      this.#withFile((file) => {
        const { size } = fstatSync(file);
        const last = Buffer.alloc(1);
        return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
      }) ?? false
    );
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
    return (
      this.#withFile((file) => {
        const bytes = Buffer.alloc(Math.min(length, Math.max(0, fstatSync(file).size - offset)));
        return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, offset));
      }) ?? Buffer.alloc(0)
    );
  }

  #withFile<T>(use: (file: number) => T): T | undefined {
    let file: number;
    try {
      file = openSync(this.path, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    try {
      return use(file);
    } finally {
      closeSync(file);
    }
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
