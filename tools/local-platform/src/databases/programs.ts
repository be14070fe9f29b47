import { runCommand } from '@odoobo/machine/command';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { hostPath } from '../process/host-path.js';

/** Where packages of systems put servers, which the PATH of a user may not have: Debian, Fedora. */
const serverFolders = ['/usr/sbin', '/usr/local/sbin', '/usr/libexec'];

/** The first program of that name, in PATH, where servers are, or in one of the given folders. */
export async function findProgram(
  names: readonly string[],
  folders: readonly string[] = [],
): Promise<string | undefined> {
  const places = [...new Set([...hostPath().split(delimiter), ...serverFolders, ...folders])];
  for (const name of names) {
    for (const place of places) {
      const file = join(place, name);
      if (await isProgram(file)) return file;
    }
  }
  return undefined;
}

export async function isProgram(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** What a program prints when it is asked for its version. */
export async function versionOf(program: string): Promise<string> {
  const { stdout } = await runCommand(program, ['--version'], `${program} --version`, {
    cwd: '/',
    env: { PATH: hostPath() },
    timeoutMs: 10_000,
  });
  return stdout;
}
