import { type FileHandle, open, stat } from 'node:fs/promises';
import { textStart } from './cut-front.js';
import type { LogCaps } from './log-caps.js';
import { findPosition, type LogPosition } from './log-position.js';
import type { TimeMark, TimesOfLog } from './log-times.js';

const chunkBytes = 64 * 1024;
const lineEnd = '\n'.charCodeAt(0);

/** Some bytes of a log. */
export interface LogChunk {
  bytes: Buffer;
  /** The number of the file. */
  file: number;
  /** Where they begin in it. */
  offset: number;
  /** When they were written, where the log is watched; by places in the file. */
  times: readonly TimeMark[];
}

/** Continues to read one log, also when it is cut in front meanwhile, or gets another name. */
export class LogFile {
  #position = 0;
  /** Where the log ended when its reading began. */
  #end = 0;
  /** The last result of `caps`. */
  #shifted = 0;
  #times: TimesOfLog | undefined;

  /** Undefined when the file is not there. */
  static async open(file: string, caps: LogCaps | undefined): Promise<LogFile | undefined> {
    try {
      const handle = await open(file);
      return new LogFile(file, handle, (await handle.stat()).ino, caps);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  private constructor(
    private readonly file: string,
    private readonly handle: FileHandle,
    /** The number of the file. */
    readonly id: number,
    private readonly caps: LogCaps | undefined,
  ) {}

  /** Reads the given number of last lines at once: where a lot is printed they are soon gone. */
  tail(lines: number): Promise<LogChunk> {
    return this.#steady(async () => {
      const size = await this.#size();
      const begin = await tailStart(this.handle, size, lines);
      return this.#chunk(begin, size - begin);
    });
  }

  /** Moves to the beginning of the given number of last lines; without a number, to that of the text. */
  async goTo(tailLines: number | undefined): Promise<void> {
    await this.#steady(async (shifted) => {
      const size = await this.#size();
      const begin =
        tailLines === undefined ? textStart(this.handle) : tailStart(this.handle, size, tailLines);
      [this.#position, this.#end, this.#shifted] = [await begin, size, shifted];
    });
  }

  /** Moves to where a reader was interrupted; to the beginning of the text where that place is gone. */
  async goAfter(position: LogPosition): Promise<void> {
    await this.#steady(async (shifted) => {
      const found = await findPosition(this.handle, position);
      [this.#position, this.#shifted] = [found ?? (await textStart(this.handle)), shifted];
    });
  }

  /** The part that was not read yet. @param signal ends the reading */
  async *rest(signal?: AbortSignal): AsyncGenerator<LogChunk> {
    while (signal?.aborted !== true) {
      const chunk = await this.#steady((shifted) => this.#read(shifted));
      if (chunk.bytes.length === 0) return;
      this.#position += chunk.bytes.length;
      yield chunk;
    }
  }

  /** The log as it is now: one that is written faster than it is read would never end. */
  async *asItWas(): AsyncGenerator<LogChunk> {
    await this.goTo(undefined);
    for await (const { bytes, ...where } of this.rest()) {
      const tooMuch = Math.max(0, this.#position - this.#end);
      yield { bytes: bytes.subarray(0, Math.max(0, bytes.length - tooMuch)), ...where };
      if (this.#position >= this.#end) return;
    }
  }

  /** Whether another file has the name now. */
  async isReplaced(file: string): Promise<boolean> {
    const named = await stat(file).catch(() => undefined);
    return named !== undefined && named.ino !== this.id;
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  async #read(shifted: number): Promise<LogChunk> {
    // What was not read before it was deleted is skipped.
    const moved = shifted - this.#shifted;
    this.#position = Math.max(0, this.#position - moved);
    this.#end = Math.max(0, this.#end - moved);
    this.#shifted = shifted;
    const room = Math.max(0, (await this.#size()) - this.#position);
    return this.#chunk(this.#position, Math.min(chunkBytes, room));
  }

  async #chunk(offset: number, length: number): Promise<LogChunk> {
    const { buffer, bytesRead } = await this.handle.read(Buffer.alloc(length), 0, length, offset);
    const bytes = buffer.subarray(0, bytesRead);
    const times = this.#times?.between(offset, offset + bytesRead) ?? [];
    return { bytes, file: this.id, offset, times };
  }

  /** The size of the log; also notes when the readable bytes were written. */
  async #size(): Promise<number> {
    if (this.#times === undefined) {
      const noted = await this.caps?.times.note(this.file);
      // Another log may have its name by now.
      if (noted?.id === this.id) this.#times = noted;
    }
    const found = await this.handle.stat();
    await this.#times?.note(found);
    return found.size;
  }

  #steady<T>(read: (shifted: number) => Promise<T>): Promise<T> {
    return this.caps ? this.caps.steady(this.id, read) : read(0);
  }
}

/** Where the given number of last lines begins. Reads from the end, so that it takes the same time in a log of any size. */
async function tailStart(handle: FileHandle, size: number, lines: number): Promise<number> {
  let missing = lines;
  for (let end = size; end > 0; end -= chunkBytes) {
    const begin = Math.max(0, end - chunkBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - begin), 0, end - begin, begin);
    for (let index = bytesRead - 1; index >= 0; index--) {
      // The line end at the end of the file ends the last line; it begins no other.
      const begins = buffer[index] === lineEnd && begin + index !== size - 1;
      if (begins && --missing === 0) return begin + index + 1;
    }
    const text = buffer[0] === 0 ? await textStart(handle) : 0;
    if (text > begin) return text;
  }
  return 0;
}
