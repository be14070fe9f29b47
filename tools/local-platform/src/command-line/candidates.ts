import type { Command, Option } from 'commander';

/** A completion of a word, and its description. */
export interface Candidate {
  word: string;
  about: string;
}

/** Names that only this machine knows, by their place: `logs app`, `report --skills`. */
export type Names = ReadonlyMap<string, readonly string[]>;

/** Options that a command passes on to another program: by command, then by name, with what they do. */
export type HandedOn = Readonly<Record<string, () => Readonly<Record<string, string>>>>;

/** Where completions come from. */
export interface Known {
  program: Command;
  names: Names;
  handedOn: HandedOn;
}

/**
 * The completions of the last word.
 * @param words what follows the name of the program, up to the cursor; the last is being typed, and may be empty
 */
export function candidates(words: readonly string[], known: Known): Candidate[] {
  const [before, current] = [words.slice(0, -1), words.at(-1) ?? ''];
  const first = before.find((word) => !word.startsWith('-'));
  const command = known.program.commands.find((one) => one.name() === first);
  const options = optionsOf(command, known.program);
  const value = valueOf(options, before.at(-1) ?? '', current);
  const offered = value
    ? valuesOf(value, command, known)
    : current.startsWith('-')
      ? [...options.map(describe), ...others(known.handedOn[command?.name() ?? ''])]
      : wordsOf(command, known);
  return offered.filter(({ word }) => word.startsWith(current));
}

function optionsOf(command: Command | undefined, program: Command): Option[] {
  const help = program.createHelp();
  if (!command) return help.visibleOptions(program);
  return [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)];
}

/** A value that is being typed: its option, and the text before it in the same word. */
interface Value {
  option: Option;
  head: string;
}

/** `--type ru`, or `--type=ru`; a list continues after its last comma. */
function valueOf(options: readonly Option[], previous: string, current: string): Value | undefined {
  const takeValues = options.filter(({ required, optional }) => required || optional);
  const [, name, start = ''] = /^(--[^=]+)(=)/.exec(current) ?? [];
  const flag = name ?? previous;
  const option = takeValues.find(({ long, short }) => flag !== '' && [long, short].includes(flag));
  const list = current.slice(0, current.lastIndexOf(',') + 1);
  return option && { option, head: list || `${name ?? ''}${start}` };
}

function valuesOf({ option, head }: Value, command: Command | undefined, { names }: Known): Candidate[] {
  const values = names.get(`${command?.name()} ${option.long}`) ?? option.argChoices ?? [];
  return plain(values.map((value) => `${head}${value}`));
}

/** Commands, or what stands behind one. */
function wordsOf(command: Command | undefined, { program, names }: Known): Candidate[] {
  if (command)
    return plain(
      command.registeredArguments.flatMap((one) => names.get(`${command.name()} ${one.name()}`) ?? []),
    );
  const commands = program.createHelp().visibleCommands(program);
  return commands.map((one) => ({ word: one.name(), about: one.description() }));
}

function describe({ long, short, description }: Option): Candidate {
  return { word: long ?? short ?? '', about: description };
}

function others(options: (() => Readonly<Record<string, string>>) | undefined): Candidate[] {
  return Object.entries(options?.() ?? {}).map(([name, about]) => ({ word: `--${name}`, about }));
}

function plain(words: readonly string[]): Candidate[] {
  return words.map((word) => ({ word, about: '' }));
}
