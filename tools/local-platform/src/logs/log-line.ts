import { writeSync } from 'node:fs';

/**
 * Appends a line to what a process that runs by itself prints, which is its log file. Not by process.stderr: that ends the
 * process when a line cannot be written, and a full disk must stop no one.
 */
export function logLine(message: string): void {
  try {
    writeSync(process.stderr.fd, `${new Date().toISOString()} ${message}\n`);
  } catch {
    // There is nowhere left to say it.
  }
}
