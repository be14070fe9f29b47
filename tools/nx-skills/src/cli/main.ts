import { exitCodes, runProgram } from '@odoobo/local-platform/command-line';
import { describeError } from '@odoobo/ship/terminal/describe-error';
import { nxSkillsProgram } from './program.js';

/** Runs a command line; returns the exit code: 0 done, 1 failed, 2 wrong use. */
export function main(args: readonly string[]): Promise<number> {
  // For `plan`, exit code 2 means changes, so a usage error must not exit with 2.
  const reportsChanges = args.some((one) => /^--fail-?on-?change/i.test(one));
  return runProgram(nxSkillsProgram(), args, {
    describe: describeError,
    wrongUse: reportsChanges ? exitCodes.failed : exitCodes.wrongUse,
  });
}
