import { parseArgs } from 'node:util';
import type { LogType } from '../logs/log-folder.js';
import { testFlags, type TestFlags } from '../test-flags.js';

/** Wrong use of the command line: exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

export interface CliOptions {
  command: string;
  /** What follows the command. */
  names: string[];
  directory: string | undefined;
  port: number | undefined;
  /** As they were given. */
  test: TestFlags;
  json: boolean;
  type: LogType;
  follow: boolean;
  raw: boolean;
  yes: boolean;
  help: boolean;
}

/** Which options each command takes, beside --directory and --help. */
const taken = new Map<string, readonly string[]>([
  ['start', ['port', ...Object.keys(testFlags)]],
  ['stop', []],
  ['status', ['json']],
  ['logs', ['type', 'follow', 'raw']],
  ['repository', []],
  ['reset', ['yes']],
]);

/** What names follow a command, where any do. */
const named = new Map<string, { count: number; names: string }>([
  ['logs', { count: 1, names: 'the name of one app' }],
  ['repository', { count: 2, names: 'owner/name and the path or URL of its repository' }],
]);

/** @throws UsageError that names what is wrong. */
export function parseOptions(args: readonly string[]): CliOptions {
  const { values, positionals } = parse(args);
  const [command = values.help ? 'help' : '', ...names] = positionals;
  const help = values.help ?? false;
  if (!help && !taken.has(command)) throw unknownCommand(command);
  const foreign = Object.keys(values).find(
    (name) => !['directory', 'help'].includes(name) && !taken.get(command)?.includes(name),
  );
  if (!help && foreign !== undefined) throw new UsageError(`"${command}" takes no option --${foreign}.`);
  if (!help && names.length !== (named.get(command)?.count ?? 0)) throw wrongNames(command, names);
  return {
    command,
    names,
    directory: values.directory,
    port: portOf(values.port),
    test: values,
    json: values.json ?? false,
    type: typeOf(values.type),
    follow: values.follow ?? false,
    raw: values.raw ?? false,
    yes: values.yes ?? false,
    help,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        directory: { type: 'string' },
        port: { type: 'string' },
        ...testFlags,
        json: { type: 'boolean' },
        type: { type: 'string' },
        follow: { type: 'boolean' },
        raw: { type: 'boolean' },
        yes: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}

function unknownCommand(command: string): UsageError {
  const commands = [...taken.keys()].join(', ');
  return new UsageError(
    `${command === '' ? 'No command' : `Unknown command "${command}"`}; expected one of ${commands}.`,
  );
}

function wrongNames(command: string, names: readonly string[]): UsageError {
  const wanted = named.get(command);
  if (wanted) return new UsageError(`"${command}" needs ${wanted.names}.`);
  return new UsageError(`"${command}" takes no "${names.join(' ')}".`);
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  throw new UsageError(`--port: expected an integer from 1 to 65535, got "${text}".`);
}

/** How a person names the logs. */
const types = new Map<string, LogType>([
  ['run', 'RUN'],
  ['restarted', 'RUN_RESTARTED'],
  ['deploy', 'DEPLOY'],
  ['build', 'BUILD'],
]);

function typeOf(text = 'run'): LogType {
  const type = types.get(text.toLowerCase());
  if (type) return type;
  throw new UsageError(`--type: expected run, restarted, deploy or build, got "${text}".`);
}
