import { execFileSync } from 'node:child_process';
import { openSync, writeSync } from 'node:fs';
import type { Write } from './live-block.js';

/** In characters. */
export interface TerminalSize {
  columns: number;
  rows: number;
}

/** The other screen, no cursor, and no wrapping: while a window is made smaller, lines are too long for a moment. */
const enter = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const home = '\u001b[H';
const clearLine = '\u001b[2K';
const clearBelow = '\u001b[J';
const leave = '\u001b[?7h\u001b[?25h\u001b[?1049l';

/**
 * The whole terminal, drawn over frame by frame on its other screen, as `top` and `watch` do: what was there before is
 * there again when it is closed.
 */
export class Screen {
  #open = false;

  constructor(readonly write: Write) {
    this.open();
  }

  /** Takes the terminal, also again after `close`. */
  open(): void {
    if (!this.#open) this.write(enter);
    this.#open = true;
  }

  /** Shows lines, of which no more than fit may be given; in one write, so that it does not flicker. */
  draw(lines: readonly string[]): void {
    if (!this.#open) return;
    // Cleared before it is written, the last one with all below: behind one that fills the width, its last character went too.
    const frame = lines.map((line, index) => (index < lines.length - 1 ? clearLine : clearBelow) + line);
    this.write(`${home}${frame.join('\r\n')}`);
  }

  /** Gives the terminal back. Safe to repeat. */
  close(): void {
    if (this.#open) this.write(leave);
    this.#open = false;
  }
}

/** A terminal that is written to past the pipe to Nx. */
export interface Terminal {
  write: Write;
  /** Its size now; 80 x 24 where it cannot be told. */
  size(): TerminalSize;
}

/**
 * Opens the terminal that this process was started from, whatever its stdout is: Nx prints nothing more of a task that was
 * interrupted, so through Nx a screen could not be given back.
 *
 * @returns undefined where the process has no terminal
 */
export function openTerminal(): Terminal | undefined {
  try {
    const file = openSync('/dev/tty', 'r+');
    return { write: (text) => void writeSync(file, text), size: () => sizeOf(file) };
  } catch {
    return undefined;
  }
}

/** Node tells the size of its own stdout only, and that is a pipe to Nx. */
function sizeOf(file: number): TerminalSize {
  try {
    const stdio: [number, 'pipe', 'ignore'] = [file, 'pipe', 'ignore'];
    const [rows, columns] = execFileSync('stty', ['size'], { stdio, encoding: 'utf8', timeout: 1_000 }).split(
      ' ',
    );
    return { columns: Number(columns) || 80, rows: Number(rows) || 24 };
  } catch {
    return { columns: 80, rows: 24 };
  }
}
