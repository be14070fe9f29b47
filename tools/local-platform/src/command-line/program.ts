import { Command, type Option } from 'commander';
import { readFileSync } from 'node:fs';

/** Exit codes that every command line here has in common. */
export const exitCodes = { done: 0, failed: 1, wrongUse: 2 } as const;

export interface ProgramOptions {
  name: string;
  description: string;
  /** The package.json that has the version. */
  manifest: URL;
}

/**
 * A command line to which commands are added; parsing, help, completion and suggestions all come from them. It neither prints
 * an error nor ends the process: `runProgram` does.
 */
export function createProgram({ name, description, manifest }: ProgramOptions): Command {
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  return new Command(name)
    .description(description)
    .version(version, '-V, --version', 'Print the version.')
    .helpOption('-h, --help', 'Explain the command.')
    .helpCommand('help [command]', 'Explain a command.')
    .configureHelp({ showGlobalOptions: true, visibleGlobalOptions: optionsAround })
    .configureOutput({ writeErr: () => undefined })
    .exitOverride();
}

/** The options of the program that a command takes, too: not the version. */
function optionsAround({ parent }: Command): Option[] {
  return parent?.options.filter(({ long }) => long !== '--version') ?? [];
}
