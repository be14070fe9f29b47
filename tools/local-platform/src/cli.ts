import { localPlatformProgram } from './cli/program.js';
import { runProgram } from './command-line/index.js';
import { causesOf, messageOf } from './errors/system-error.js';

/** Runs a command line; returns the exit code: 0 done, 1 failed, 2 wrong use. */
export function main(args: readonly string[]): Promise<number> {
  return runProgram(localPlatformProgram(), args, { describe });
}

/** What failed and why, down to the first cause, each once. */
function describe(error: unknown): string {
  const [message = '', ...causes] = new Set(causesOf(error).map(messageOf));
  return `${message}${causes.map((cause) => ` (${cause})`).join('')}`;
}
