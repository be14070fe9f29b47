import { runner } from '@odoobo/machine/package-manager';
import { type Command, CommanderError } from 'commander';
import { exitCodes } from './program.js';
import { UsageError } from './usage-error.js';

/** Runs a command; commander passes the command itself as the last argument. */
type Action = (command: Command) => Promise<number>;

/** How a command ends, as its program reports it. */
const ends = new WeakMap<Command, number>();

/** Lets a command run something whose exit code becomes that of the program. */
export function runs(command: Command, action: Action): Command {
  return command.action(async () => {
    ends.set(command.parent ?? command, await action(command));
  });
}

export interface RunOptions {
  /** What failed and why, for a person. */
  describe: (error: unknown) => string;
  /** Exit code of a wrong command line. */
  wrongUse?: number;
}

/** Runs a command line. Without arguments it explains itself. @returns the exit code; what is wrong stands on stderr then */
export async function runProgram(
  program: Command,
  args: readonly string[],
  { describe, wrongUse = exitCodes.wrongUse }: RunOptions,
): Promise<number> {
  try {
    await program.parseAsync(args.length > 0 ? [...args] : ['--help'], { from: 'user' });
    return ends.get(program) ?? exitCodes.done;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
    // Help for an unknown command: reported as a call of that command would be.
    if (isAboutNone(error)) return runProgram(program, args.slice(1), { describe, wrongUse });
    const usage = usageOf(error);
    const message = usage === undefined ? describe(error) : `${usage}\n${seeHelp(program, args)}`;
    process.stderr.write(`${fitted(program, `${program.name()}: ${message}`)}\n`);
    return usage === undefined ? exitCodes.failed : wrongUse;
  }
}

/** Wraps between words, as the help does; a terminal would wrap within them. */
function fitted(program: Command, text: string): string {
  const { columns } = process.stderr;
  return columns ? program.createHelp().boxWrap(text, columns) : text;
}

function isAboutNone(error: unknown): boolean {
  return error instanceof CommanderError && error.code === 'commander.help';
}

/** What is wrong with the command line; undefined for every other error. */
function usageOf(error: unknown): string | undefined {
  if (error instanceof UsageError) return error.message;
  if (!(error instanceof CommanderError)) return undefined;
  const [said = '', meant] = error.message.replace(/^error: /, '').split('\n');
  const sentence = `${said.charAt(0).toUpperCase()}${said.slice(1)}`.replace(/([^.])$/, '$1.');
  return meant === undefined ? sentence : `${sentence} ${meant.replaceAll(/^\(|\)$/g, '')}`;
}

function seeHelp(program: Command, args: readonly string[]): string {
  const command = program.commands.find((one) => args.includes(one.name()));
  return `See: ${runner} ${[program.name(), command?.name()].filter(Boolean).join(' ')} --help`;
}
