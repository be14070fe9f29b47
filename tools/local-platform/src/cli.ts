import { resolve } from 'node:path';
import { defaultDirectory } from './cli/directory.js';
import { help } from './cli/help.js';
import { logs } from './cli/logs.js';
import { parseOptions, UsageError, type CliOptions } from './cli/options.js';
import { reset } from './cli/reset.js';
import { start } from './cli/start.js';
import { status } from './cli/status.js';
import { stopPlatform } from './stop.js';

type Command = (directory: string, options: CliOptions) => Promise<number>;

const commands: Record<string, Command> = { start, stop, status, logs, reset };

/** Runs a command line; returns the exit code: 0 done, 1 failed, 2 wrong use. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    const command = commands[options.command];
    if (options.help || !command) {
      process.stdout.write(help);
      return 0;
    }
    const directory = options.directory ? resolve(options.directory) : await defaultDirectory(process.cwd());
    return await command(directory, options);
  } catch (error) {
    process.stderr.write(`local-platform: ${describe(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function stop(directory: string): Promise<number> {
  const outcome = await stopPlatform(directory);
  process.stdout.write(
    outcome === 'stopped'
      ? `The local platform in ${directory} and its services are stopped.\n`
      : `No local platform runs in ${directory}.\n`,
  );
  return 0;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const hint = error instanceof UsageError ? '\nSee: local-platform --help' : '';
  return `${error.message}${error.cause instanceof Error ? ` (${error.cause.message})` : ''}${hint}`;
}
