import { stripVTControlCharacters } from 'node:util';

/** Where lines go. */
export type Write = (text: string) => void;

/** How often a run without a terminal says what it is waiting for, in milliseconds. */
const reminderMs = 15_000;

/** Lines that stay, above a block of lines that is drawn over while things change. */
export interface LiveBlock {
  /** Prints lines that stay. */
  print(lines: readonly string[]): void;
  /** Replaces the block. */
  draw(lines: readonly string[]): void;
  /** Takes the block away. */
  clear(): void;
}

/** For a terminal: redraws in place, at most ten times a second. */
export class TerminalBlock implements LiveBlock {
  #wanted: readonly string[] = [];
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param columns width of the terminal: a line that wraps could not be drawn over */
  constructor(
    readonly write: Write,
    readonly columns: number,
  ) {}

  print(lines: readonly string[]): void {
    this.write(`${this.#erased()}${lines.map((line) => `${line}\n`).join('')}`);
    this.#paint();
  }

  draw(lines: readonly string[]): void {
    this.#wanted = lines;
    this.#timer ??= setTimeout(() => this.#paint(), 100);
  }

  clear(): void {
    this.#wanted = [];
    this.#paint();
  }

  #paint(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#wanted.map((line) => `${this.#fitting(line)}\n`);
    const erased = this.#erased();
    this.#drawn = lines.length;
    this.write(`${erased}${lines.join('')}`);
  }

  #fitting(line: string): string {
    const plain = stripVTControlCharacters(line);
    return plain.length <= this.columns ? line : plain.slice(0, this.columns);
  }

  #erased(): string {
    const drawn = this.#drawn;
    this.#drawn = 0;
    // Up to the first line of the block, then clear to the end of the screen.
    return drawn === 0 ? '' : `\u001b[${drawn}A\u001b[J`;
  }
}

/** For a file or a pipe: nothing is drawn over; a wait says now and then what for. */
export class PlainBlock implements LiveBlock {
  #last: number;

  constructor(
    readonly write: Write,
    readonly now: () => number = Date.now,
  ) {
    this.#last = now();
  }

  print(lines: readonly string[]): void {
    this.#last = this.now();
    this.write(lines.map((line) => `${line}\n`).join(''));
  }

  draw(lines: readonly string[]): void {
    if (lines.length > 0 && this.now() - this.#last >= reminderMs) this.print(lines);
  }

  clear(): void {}
}
