import { writeSync } from 'node:fs';

/**
 * Appends a line to the output of a process that runs by itself, which is its log file. Does not use process.stderr, which ends
 * the process when a line cannot be written: a full disk must stop no process.
 */
export function logLine(message: string): void {
  try {
    writeSync(process.stderr.fd, `${new Date().toISOString()} ${message}\n`);
  } catch {
    // There is nowhere left to report it.
  }
}
