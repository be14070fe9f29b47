import type { Terminal, TerminalSize, Write } from './terminal.js';
import { truncate } from './truncate.js';
import { wrap } from './wrap.js';

/** How often a run without a terminal reports what it is waiting for, in milliseconds. */
const reminderMs = 15_000;

/** Shortest time between two redraws, in milliseconds. */
const frameMs = 100;

/** How long a size has to stay the same, in milliseconds: a window is dragged, and `stty` sets its width before its height. */
const resizeMs = 50;

/** The lines of a block for a size: what does not fit is cut off. */
export type Drawing = (size: TerminalSize) => readonly string[];

/** Permanent lines above a block that is redrawn. */
export interface LiveBlock {
  /** Current maximum width of a line; infinite without a terminal. */
  readonly columns: number;
  /** Prints permanent lines. */
  print(lines: readonly string[]): void;
  /** Replaces the block. */
  draw(drawing: Drawing): void;
  /** Removes the block for good. */
  close(): void;
}

const nothing: Drawing = () => [];

/** Switches to the alternate screen, without a cursor, like `top` and `watch`: leaving it restores the earlier content. */
const enter = '\u001b[?1049h\u001b[?25l';
const leave = '\u001b[?7h\u001b[?25h\u001b[?1049l';

/**
 * For a terminal: draws in place, at most ten times a second and when the size changes.
 *
 * Between two drawings the cursor is at the beginning of the block. So everything below it can be cleared, however a
 * resize has changed it, and a terminal that becomes lower cuts off the block instead of pushing it into the
 * scrollback. The rows of the block are one line that the terminal itself has wrapped: otherwise xterm.js, the terminal
 * of VS Code, would wrap each row again when it becomes narrower, and lose the position of the cursor.
 */
export class TerminalBlock implements LiveBlock {
  #drawing = nothing;
  #isDrawn = false;
  #isOpen = true;
  #isStale = false;
  #isResizing = false;
  /** Runs until the next frame may be drawn. */
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param whole draws on the whole alternate screen; otherwise on the last rows of this screen, at most all but two
   * @param settleMs how long a size has to stay the same before the block is drawn for it
   */
  constructor(
    readonly terminal: Terminal,
    readonly whole = false,
    readonly settleMs = resizeMs,
  ) {
    if (whole) terminal.write(enter);
    process.on('SIGWINCH', this.#resized).on('SIGTSTP', this.#suspend).on('SIGCONT', this.#resume);
    // Also if the process ends with an error.
    process.on('exit', this.#giveBack);
  }

  get columns(): number {
    return this.terminal.size().columns;
  }

  print(lines: readonly string[]): void {
    const { columns } = this;
    const wrapped = lines.flatMap((line) => wrap(line, columns));
    this.terminal.write(`${this.#erased()}${wrapped.map((line) => `${line}\n`).join('')}`);
    if (!this.#isResizing) this.#paint();
  }

  draw(drawing: Drawing): void {
    this.#drawing = drawing;
    if (this.#timer === undefined) this.#paint();
    else this.#isStale = true;
  }

  close(): void {
    process.off('SIGWINCH', this.#resized).off('SIGTSTP', this.#suspend).off('SIGCONT', this.#resume);
    process.off('exit', this.#giveBack);
    this.#giveBack();
  }

  readonly #giveBack = (): void => {
    clearTimeout(this.#timer);
    if (this.#isOpen) this.terminal.write(this.#erased() + (this.whole ? leave : ''));
    this.#isOpen = false;
  };

  /** On Ctrl-Z the terminal is restored for the next program. */
  readonly #suspend = (): void => {
    this.terminal.write(this.#erased() + (this.whole ? leave : ''));
    process.kill(process.pid, 'SIGSTOP');
  };

  readonly #resume = (): void => {
    if (this.whole) this.terminal.write(enter);
    this.#paint();
  };

  readonly #paint = (): void => {
    if (!this.#isOpen) return;
    clearTimeout(this.#timer);
    this.#isStale = false;
    this.#timer = setTimeout(this.#nextFrame, frameMs);
    const { columns, rows: height } = this.terminal.size();
    // The last column is for the space at which the terminal wraps.
    const size = { columns: columns - 1, rows: Math.max(0, this.whole ? height : height - 2) };
    const lines = this.#drawing(size).slice(0, size.rows);
    const rows = lines.map((line) => truncate(line, size.columns));
    const erased = this.#erased();
    this.#isDrawn = rows.length > 0;
    if (this.#isDrawn || erased !== '') this.terminal.write(erased + this.#drawn(rows, columns));
  };

  /** A frame for a temporary size would not fit the next size. */
  readonly #resized = (): void => {
    clearTimeout(this.#timer);
    this.#isResizing = true;
    this.#isStale = true;
    this.#timer = setTimeout(this.#nextFrame, this.settleMs);
  };

  readonly #nextFrame = (): void => {
    this.#timer = undefined;
    this.#isResizing = false;
    if (this.#isStale) this.#paint();
  };

  /** Wrapping is off while a line is written: a terminal may display a character wider than this program calculates. */
  #drawn(rows: readonly string[], columns: number): string {
    if (rows.length === 0) return '';
    const home = this.whole ? '\u001b[H' : '\r';
    const next = `\u001b[?7h\u001b[${columns}G  \r\u001b[?7l`;
    const back = rows.length > 1 ? `\u001b[${rows.length - 1}A` : '';
    return `${home}\u001b[?7l\u001b[J${rows.join(next)}\u001b[?7h\r${back}`;
  }

  #erased(): string {
    const isDrawn = this.#isDrawn;
    this.#isDrawn = false;
    return isDrawn ? '\r\u001b[J' : '';
  }
}

/** For a file or a pipe: nothing is redrawn; during a long wait it reports from time to time what it waits for. */
export class PlainBlock implements LiveBlock {
  readonly columns = Infinity;
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

  draw(drawing: Drawing): void {
    if (this.now() - this.#last < reminderMs) return;
    const lines = drawing({ columns: Infinity, rows: Infinity });
    if (lines.length > 0) this.print(lines);
  }

  close(): void {}
}
