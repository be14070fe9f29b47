import { NoAnswer } from './no-answer.js';
import type { BodyLength } from './response-head.js';

/** Takes the body of a response out of what comes on its connection. */
export interface BodyReader {
  /**
   * Passes on the body's bytes in `chunk`.
   * @returns how many bytes of `chunk` belong to the response: fewer than all where it ended before
   * @throws NoAnswer `malformed`
   */
  read(chunk: Buffer, onData: (data: Buffer) => void): number;
  readonly ended: boolean;
}

export function bodyReader(length: BodyLength): BodyReader {
  if (length === 'chunked') return new ChunkedReader();
  return new LengthReader(length === 'until close' ? Infinity : length);
}

class LengthReader implements BodyReader {
  constructor(private left: number) {}

  get ended(): boolean {
    return this.left === 0;
  }

  read(chunk: Buffer, onData: (data: Buffer) => void): number {
    const taken = Math.min(chunk.length, this.left);
    this.left -= taken;
    if (taken > 0) onData(taken === chunk.length ? chunk : chunk.subarray(0, taken));
    return taken;
  }
}

/** No chunk size, extension or trailer in use is longer. */
const longestLine = 16 * 1024;

const sizeLine = /^([0-9a-f]{1,12})[ \t]*(?:;[^\0\r\n]*)?$/i;

const trailerLine = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*$/;

/** RFC 9112 section 7.1. Extensions and trailers are skipped. */
class ChunkedReader implements BodyReader {
  #part: 'size' | 'data' | 'data end' | 'trailer' | 'end' = 'size';
  /** The part of a line received so far. */
  #line = '';
  /** The bytes of all lines since the last data. */
  #lineBytes = 0;
  #left = 0;

  get ended(): boolean {
    return this.#part === 'end';
  }

  read(chunk: Buffer, onData: (data: Buffer) => void): number {
    let at = 0;
    while (at < chunk.length && this.#part !== 'end') {
      at = this.#part === 'data' ? this.#readData(chunk, at, onData) : this.#readLine(chunk, at);
    }
    return at;
  }

  #readData(chunk: Buffer, at: number, onData: (data: Buffer) => void): number {
    const end = Math.min(chunk.length, at + this.#left);
    this.#left -= end - at;
    if (this.#left === 0) this.#part = 'data end';
    onData(chunk.subarray(at, end));
    return end;
  }

  #readLine(chunk: Buffer, at: number): number {
    const newline = chunk.indexOf(10, at);
    const end = newline === -1 ? chunk.length : newline + 1;
    this.#line += chunk.toString('latin1', at, end);
    this.#lineBytes += end - at;
    if (this.#lineBytes > longestLine) throw new NoAnswer('malformed', 'a chunk line is too long');
    if (newline !== -1) this.#endLine();
    return end;
  }

  #endLine(): void {
    const line = this.#line;
    this.#line = '';
    if (!line.endsWith('\r\n')) throw new NoAnswer('malformed', 'a chunk line does not end in CR LF');
    this.#next(line.slice(0, -2));
  }

  #next(line: string): void {
    if (this.#part === 'trailer') {
      if (line === '') this.#part = 'end';
      else if (!trailerLine.test(line)) throw new NoAnswer('malformed', 'it has an invalid trailer line');
    } else if (this.#part === 'data end') {
      if (line !== '') throw new NoAnswer('malformed', 'a chunk is longer than its stated size');
      this.#part = 'size';
    } else this.#beginChunk(line);
  }

  #beginChunk(line: string): void {
    const [, size] = sizeLine.exec(line) ?? [];
    if (size === undefined) throw new NoAnswer('malformed', 'a chunk has no size');
    this.#left = parseInt(size, 16);
    this.#part = this.#left === 0 ? 'trailer' : 'data';
    if (this.#left > 0) this.#lineBytes = 0;
  }
}
