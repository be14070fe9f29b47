import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';

/** What a journal yields: the lines after an offset, and where the next ones will start. */
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
  constructor(readonly path: string) {}

  append(event: object): void {
    mkdirSync(dirname(this.path), { recursive: true });
    // What a crash may have torn before is closed by a newline of our own: readers skip the blank line that is usual.
    appendFileSync(this.path, `${this.#endsTorn() ? '\n' : ''}${JSON.stringify(event)}\n`);
  }

  /** The complete lines from `offset` on; a torn last line is left for later. */
  readFrom(offset: number): JournalPart {
    const bytes = this.#read(offset);
    const end = bytes.lastIndexOf('\n') + 1;
    const lines = bytes.subarray(0, end).toString('utf8').split('\n');
    return { lines: lines.filter((line) => line !== ''), offset: offset + end };
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

  #read(offset: number): Buffer {
    return (
      this.#withFile((file) => {
        const bytes = Buffer.alloc(Math.max(0, fstatSync(file).size - offset));
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
