import { runProgram } from '@odoobo/local-platform/command-line';
import { describeError } from '../terminal/describe-error.js';
import { runsWithoutNx } from '../terminal/nx-stdout.js';
import { odooboProgram } from './program.js';
import { dashedArguments } from './schema-options.js';

/** Runs a command line; returns the exit code: 0 done, 1 failed, 2 wrong use. */
export function main(args: readonly string[]): Promise<number> {
  runsWithoutNx();
  return runProgram(odooboProgram(), dashedArguments(args), { describe: describeError });
}
