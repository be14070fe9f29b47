import { CommandError, runCommand } from '@odoobo/machine/command';

/** Milliseconds that an installation, a compilation or a user's command may take. */
const commandMs = 900_000;

/**
 * Runs a command in a folder with the user's environment.
 * @returns what it printed
 * @throws {CommandError} when it fails or takes longer than a quarter of an hour, with the end of what it printed
 * @throws the signal's reason when aborted
 */
export async function runIn(
  cwd: string,
  file: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const shown = `"${[file, ...args].join(' ')}" in ${cwd}`;
  const command = { cwd, env: environment(), signal, timeoutMs: commandMs };
  const { exitCode, stdout, stderr } = await runCommand(file, args, shown, command);
  const printed = `${stdout}\n${stderr}`.trim();
  if (exitCode === 0) return printed;
  throw new CommandError(`${shown} failed with exit code ${exitCode}:\n${lastLines(printed)}`);
}

/** Without the variables that Nx sets for its tasks: they refer to the checkout in which this process runs. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NX_')));
}

function lastLines(text: string): string {
  return text.split('\n').slice(-20).join('\n');
}
