import tab, { type Command as Completed, type Complete } from '@bomb.sh/tab';
import type { Command, Option } from 'commander';
import { UsageError } from './usage-error.js';

const shells = ['bash', 'zsh', 'fish', 'powershell'];

export interface CompletionOptions {
  /** Names that only this machine knows, by their place: `logs app`, `report --skills`. To be quick: a person waits. */
  names?: Readonly<Record<string, () => Promise<readonly string[]>>>;
  /** Options that a command hands on to another program, by the command: without their dashes, and what they do. */
  handedOn?: Readonly<Record<string, () => Readonly<Record<string, string>>>>;
}

/** Adds the command that prints a shell's completion script, and answers that script when a person presses Tab. */
export function addCompletion(program: Command, options: CompletionOptions = {}): void {
  program
    .command('complete')
    .argument('<shell>', `The shell: ${shells.join(', ')}.`)
    .allowExcessArguments()
    .description('Print a script that lets a shell complete commands, options and names.')
    .addHelpText('after', helpOf(program.name()))
    .action(async (_shell, _options, { args }: Command) => {
      const isAsked = (program as Command & { rawArgs: string[] }).rawArgs[1] === '--';
      if (!isAsked) return printScript(program.name(), args[0] ?? '');
      describe(program, await readNames(options), options);
      tab.parse([...args]);
    });
}

type Names = ReadonlyMap<string, readonly string[]>;

/** Where they cannot be read there are none: an error would be printed into the line that a person types. */
async function readNames({ names = {} }: CompletionOptions): Promise<Names> {
  const read = Object.entries(names).map(
    async ([place, list]) => [place, await list().catch(() => [])] as const,
  );
  return new Map(await Promise.all(read));
}

function printScript(name: string, shell: string): void {
  if (!shells.includes(shell)) throw new UsageError(`Expected one of ${shells.join(', ')}; got "${shell}".`);
  // Found in whatever workspace the person is in; nothing is installed.
  tab.setup(name, `npx --no -- ${name}`, shell);
}

function helpOf(name: string): string {
  return `
In ~/.bashrc or ~/.zshrc, for bash or zsh; fish: npx ${name} complete fish | source
  alias ${name}='npx ${name}'
  source <(npx ${name} complete bash)`;
}

/** Commands and their options, as help shows them. */
function describe(program: Command, names: Names, { handedOn = {} }: CompletionOptions): void {
  const help = program.createHelp();
  for (const command of help.visibleCommands(program)) {
    const name = command.name();
    const completed = tab.command(name, command.description());
    for (const argument of command.registeredArguments.map((one) => one.name()))
      completed.argument(argument, offering(names.get(`${name} ${argument}`)));
    for (const option of [...help.visibleOptions(command), ...help.visibleOptions(program)])
      addOption(completed, option, names.get(`${name} ${option.long}`) ?? option.argChoices);
    for (const [option, about] of Object.entries(handedOn[name]?.() ?? {})) completed.option(option, about);
  }
}

/** One that takes a value needs values to offer, or it would be taken for one that is true or false. */
function addOption(completed: Completed, option: Option, values: readonly string[] | undefined): void {
  const { long = '', short, description, required, optional } = option;
  const [name, alias] = [long.slice(2), short?.slice(1)];
  if (required || optional) completed.option(name, description, offering(values), alias);
  else completed.option(name, description, alias);
}

function offering(values: readonly string[] = []): (complete: Complete) => void {
  return (complete) => values.forEach((value) => complete(value, ''));
}
