import { openSync, writeSync } from 'node:fs';
import { WriteStream } from 'node:tty';

/** Where text goes. */
export type Write = (text: string) => void;

/** In characters. */
export interface TerminalSize {
  columns: number;
  rows: number;
}

/** A terminal that is written to past the pipe to Nx. */
export interface Terminal {
  write: Write;
  /** Its size now; 80 x 24 where it cannot be told. */
  size(): TerminalSize;
}

/**
 * Opens the terminal that Nx prints to, past the pipe to Nx: so what is written is there at once, before Nx prints its own
 * lines, and also after Ctrl-C, when Nx prints nothing more of a task.
 *
 * @returns undefined where there is none
 */
export function openTerminal(): Terminal | undefined {
  for (const path of pathsOfTerminal()) {
    try {
      const file = openSync(path, 'r+');
      return { write: (text) => writeAll(file, text), size: () => sizeOf(path) };
    } catch {
      // Not this system's way, or no terminal.
    }
  }
  return undefined;
}

/** Only Linux shows where the stdout of Nx goes. */
function pathsOfTerminal(): string[] {
  return process.stdout.isTTY ? ['/dev/tty'] : [`/proc/${process.ppid}/fd/1`, '/dev/tty'];
}

/** A closed window must not stop the run. */
function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
  } catch {
    // The terminal is gone.
  }
}

/** Opened anew each time: Node keeps the size that a terminal had when it was opened, but for its own stdout. */
function sizeOf(path: string): TerminalSize {
  try {
    const stream = new WriteStream(openSync(path, 'r+'));
    const [columns, rows] = stream.getWindowSize();
    stream.destroy();
    return { columns: columns || 80, rows: rows || 24 };
  } catch {
    return { columns: 80, rows: 24 };
  }
}
