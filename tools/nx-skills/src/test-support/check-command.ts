import type { CommandTables, OptionSchemas } from './command-tables.js';

/** A placeholder that a reader fills in. */
const placeholder = /[<[$…{*]|\.\.\./;

/** Commands of Nx that are not about targets. */
const ofNx =
  /^(add|connect|daemon|format(:\w+)?|graph|import|init|list|migrate|release|report|reset|show|sync(:\w+)?|view-logs)$/;

/** Programs that readers of a page have installed, or that npx fetches. */
const ofReaders = new Set(['create-nx-workspace', 'turbo']);

/** What is wrong with a command of this project; undefined for other commands. */
export function wrongIn(words: readonly string[], tables: CommandTables): string | undefined {
  const [program = '', ...args] = words[0] === 'npx' ? words.slice(1) : words;
  const name = program.replace(/@[\d.]+$/, '');
  if (name === 'nx') return wrongForNx(args, tables);
  const commands = tables.programs.get(name);
  if (commands) return wrongFor(name, commands, args, tables);
  if (name === 'npm') return wrongForNpm(args, tables);
  if (words[0] !== 'npx' || placeholder.test(name)) return undefined;
  if (tables.installed.has(name) || ofReaders.has(name)) return undefined;
  return `there is no program ${name}`;
}

function wrongForNpm(
  [command, script = '']: readonly string[],
  { scripts }: CommandTables,
): string | undefined {
  if (command === 'test') return scripts.has('test') ? undefined : 'there is no script test';
  return command !== 'run' || scripts.has(script) || placeholder.test(script) || script === ''
    ? undefined
    : `there is no script ${script}`;
}

function wrongFor(
  program: string,
  commands: ReadonlyMap<string, ReadonlySet<string>>,
  args: readonly string[],
  tables: CommandTables,
): string | undefined {
  const [command = '', ...rest] = args;
  if (command === '' || command.startsWith('-') || placeholder.test(command)) return undefined;
  const options = commands.get(command);
  if (!options) return `${program} has no command ${command}`;
  const everywhere = ['--help', '-h', '--directory', '--version'];
  const ofTarget = options.has('*') ? tables.targets.get(command) : undefined;
  for (const { name, word, value } of optionsIn(rest)) {
    if (options.has(word) || everywhere.includes(word)) continue;
    if (!ofTarget) return `${program} ${command} has no option ${word}`;
    const wrong = wrongOption(name, value, [ofTarget], tables.nxOptions);
    if (wrong) return wrong;
  }
  return undefined;
}

function wrongForNx(args: readonly string[], tables: CommandTables): string | undefined {
  const [command = '', ...rest] = args;
  if (command === '' || command.startsWith('-') || placeholder.test(command) || ofNx.test(command))
    return undefined;
  if (command === 'g' || command === 'generate') return wrongForGenerator(rest, tables);
  const targets = targetsOf(command, rest).filter((target) => !placeholder.test(target));
  const unknown = targets.find((target) => !tables.targets.has(target));
  if (unknown !== undefined) return `there is no target ${unknown}`;
  const schemas = targets.flatMap((target): OptionSchemas[] => {
    const options = tables.targets.get(target);
    return options ? [options] : [];
  });
  if (schemas.length === 0) return undefined;
  return firstWrong(rest, schemas, tables.nxOptions);
}

function wrongForGenerator(
  [name = '', ...rest]: readonly string[],
  tables: CommandTables,
): string | undefined {
  const [, generator = ''] = /^@odoobo\/nx-skills:(.+)$/.exec(name) ?? [];
  const schema = tables.generators.get(generator);
  return schema
    ? firstWrong(rest, [schema], new Set(['dry-run', 'dryRun', 'd', 'help']))
    : `there is no generator ${name}`;
}

/** The targets in `nx deploy shop`, `nx run shop:deploy`, `nx run-many -t deploy,merge`. */
function targetsOf(command: string, rest: readonly string[]): string[] {
  if (command === 'run') return (rest[0] ?? '').split(':').slice(1, 2);
  if (command !== 'run-many' && command !== 'affected') return [command];
  const at = rest.findIndex((word) => /^(-t|--targets?)(=|$)/.test(word));
  const [, inline] = rest[at]?.split('=') ?? [];
  if (inline !== undefined) return inline.split(',');
  const after = rest.slice(at + 1);
  const end = after.findIndex((word) => /^[-[]/.test(word));
  return after.slice(0, end < 0 ? undefined : end).flatMap((word) => word.split(','));
}

function firstWrong(
  words: readonly string[],
  schemas: readonly OptionSchemas[],
  known: ReadonlySet<string>,
): string | undefined {
  return optionsIn(words).flatMap(({ name, value }) => wrongOption(name, value, schemas, known) ?? [])[0];
}

function optionsIn(words: readonly string[]): { word: string; name: string; value: string | undefined }[] {
  return words
    .filter((word) => /^--?[a-zA-Z]/.test(word))
    .map((one) => {
      const [word = '', value] = one.split(/=(.*)/s);
      return { word, name: word.replace(/^--?/, ''), value };
    });
}

function wrongOption(
  name: string,
  value: string | undefined,
  schemas: readonly OptionSchemas[],
  known: ReadonlySet<string>,
): string | undefined {
  const inCamelCase = name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  if (known.has(name) || known.has(inCamelCase)) return undefined;
  const positive = inCamelCase.replace(/^no([A-Z])/, (_, letter: string) => letter.toLowerCase());
  const schema = schemas.map((one) => one[inCamelCase] ?? one[positive]).find(Boolean);
  if (!schema) return `there is no option --${name}`;
  if (value === undefined || placeholder.test(value) || !schema.enum?.length) return undefined;
  return schema.enum.includes(value) ? undefined : `--${name} is one of ${schema.enum.join(', ')}`;
}
