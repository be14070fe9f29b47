import { resolve } from 'node:path';
import { defaultDirectory } from './cli/directory.js';
import { help } from './cli/help.js';
import { parseOptions, UsageError, type CliOptions } from './cli/options.js';
import { causesOf, messageOf } from './system-error.js';

type Command = (directory: string, options: CliOptions) => Promise<number>;

/** Each loads only what it needs: the server's libraries take longer to load than most commands to run. */
const commands: Record<string, () => Promise<Command>> = {
  start: async () => (await import('./cli/start.js')).start,
  stop: async () => (await import('./cli/stop.js')).stop,
  status: async () => (await import('./cli/status.js')).status,
  logs: async () => (await import('./cli/logs.js')).logs,
  repository: async () => (await import('./cli/repository.js')).repository,
  reset: async () => (await import('./cli/reset.js')).reset,
};

/** Runs a command line; returns the exit code: 0 done, 1 failed, 2 wrong use. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    const load = commands[options.command];
    if (options.help || !load) {
      process.stdout.write(help);
      return 0;
    }
    const directory = options.directory ? resolve(options.directory) : await defaultDirectory(process.cwd());
    const command = await load();
    return await command(directory, options);
  } catch (error) {
    process.stderr.write(`local-platform: ${describe(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** What failed and why, down to the first cause, each once. */
function describe(error: unknown): string {
  const [message = '', ...causes] = new Set(causesOf(error).map(messageOf));
  const why = causes.map((cause) => ` (${cause})`).join('');
  return `${message}${why}${error instanceof UsageError ? '\nSee: local-platform --help' : ''}`;
}
