import type { Command, Option } from 'commander';

/** What a word may be completed to, and what that is. */
export interface Candidate {
  word: string;
  about: string;
}

/** Names that only this machine knows, by their place: `logs app`, `report --skills`. */
export type Names = ReadonlyMap<string, readonly string[]>;

/** Options that a command hands on to another program, by the command: what they do, by their names. */
export type HandedOn = Readonly<Record<string, () => Readonly<Record<string, string>>>>;

/**
 * What the last of some words may be completed to.
 *
 * @param words what follows the name of the program, up to the cursor; the last is being typed, and may be empty
 */
export function candidates(
  program: Command,
  words: readonly string[],
  names: Names,
  handedOn: HandedOn,
): Candidate[] {
  const [before, current] = [words.slice(0, -1), words.at(-1) ?? ''];
  const command = program.commands.find((one) => one.name() === before.find((word) => !word.startsWith('-')));
  return offered(program, command, before, current, names, handedOn).filter(({ word }) =>
    word.startsWith(current),
  );
}

function offered(
  program: Command,
  command: Command | undefined,
  before: readonly string[],
  current: string,
  names: Names,
  handedOn: HandedOn,
): Candidate[] {
  const help = program.createHelp();
  const options = command
    ? [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)]
    : help.visibleOptions(program);
  const valueOf = (option: Option, typed: string): Candidate[] => {
    const values = names.get(`${command?.name()} ${option.long}`) ?? option.argChoices ?? [];
    // A list goes on after its last comma.
    const head = typed.slice(0, typed.lastIndexOf(',') + 1);
    return plain(values.map((value) => `${head}${value}`));
  };
  const takingValue = options.filter(({ required, optional }) => required || optional);
  const previous = before.at(-1) ?? '';
  const last = takingValue.find(({ long, short }) => [long, short].includes(previous));
  if (last) return valueOf(last, current);
  const [name = '', typed] = current.split('=');
  const given = typed === undefined ? undefined : takingValue.find(({ long }) => long === name);
  if (given)
    return valueOf(given, typed ?? '').map(({ word, about }) => ({ word: `${name}=${word}`, about }));
  if (current.startsWith('-')) return [...options.map(describe), ...others(handedOn[command?.name() ?? ''])];
  if (!command)
    return help.visibleCommands(program).map((one) => ({ word: one.name(), about: one.description() }));
  return plain(
    command.registeredArguments.flatMap((one) => names.get(`${command.name()} ${one.name()}`) ?? []),
  );
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
