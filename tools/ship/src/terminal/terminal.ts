import { openSync, writeSync } from 'node:fs';
import { WriteStream } from 'node:tty';
import { stdoutOfNx } from './nx-stdout.js';

/** Writes text to an output. */
export type Write = (text: string) => void;

/** In characters. */
export interface TerminalSize {
  columns: number;
  rows: number;
}

/** A terminal that is written to directly, not through the pipe to Nx. */
export interface Terminal {
  write: Write;
  /** Its current size; 80 x 24 if it cannot be determined. */
  size(): TerminalSize;
}

/**
 * Opens the terminal that Nx prints to, without the pipe to Nx: text appears there at once, before Nx prints its own
 * lines, and also after Ctrl-C, when Nx prints no more output of tasks.
 * @returns undefined if there is none
 */
export function openTerminal(): Terminal | undefined {
  for (const path of pathsOfTerminal()) {
    try {
      const file = openSync(path, 'r+');
      return { write: (text) => writeAll(file, text), size: () => sizeOf(path) };
    } catch {
      // Another operating system, or no terminal.
    }
  }
  return undefined;
}

/** Only Linux shows where the stdout of Nx goes. */
function pathsOfTerminal(): string[] {
  const behind = process.stdout.isTTY ? undefined : stdoutOfNx();
  return behind === undefined ? ['/dev/tty'] : [behind, '/dev/tty'];
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

/** Opened again each time: for all but its own stdout, Node keeps the size that a terminal had when it was opened. */
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
