import { describeError } from '../terminal/describe-error.js';
import { baseCommand } from './base.js';
import { planCommand } from './plan.js';

const help = `nx-skills plan [options]   what deploy would do: runs the target "plan" of all skills
  --fail-on-change   end with 2 where deploy would create or update anything
  --json             print the plan as JSON, and nothing else, on stdout
  --affected         only skills that changes since the base affect
  Every other option is one of Nx or of the target: -p a,b  -c production  --base=main

nx-skills base [-c production]   the commit since which anything has changed that is not live yet:
  npx nx affected -t deploy --base=$(npx nx-skills base)

Ends with 0, with 2 for changes, with 1 for an error.
`;

const commands: Record<string, (options: readonly string[]) => Promise<number>> = {
  plan: planCommand,
  base: baseCommand,
};

/** Runs a command line; returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const [command, ...options] = args;
  const wantsHelp = command === undefined || args.some((one) => one === '--help' || one === '-h');
  if (wantsHelp) {
    process.stdout.write(help);
    return 0;
  }
  const run = commands[command];
  if (!run) {
    process.stderr.write(`nx-skills: there is no command "${command}". See: npx nx-skills --help\n`);
    return 1;
  }
  try {
    return await run(options);
  } catch (error) {
    process.stderr.write(`nx-skills: ${describeError(error)}\n`);
    return 1;
  }
}
