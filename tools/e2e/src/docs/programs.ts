import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * An `npx` that runs the installed programs, half a second faster than the real one. And an `npm` that does nothing,
 * because a generator would install packages of this repository from a registry.
 * @returns the folder to put before the others in PATH
 */
export async function writePrograms(folder: string): Promise<string> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const programs = { npx: 'program=$1; shift; exec "node_modules/.bin/$program" "$@"', npm: 'exit 0' };
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  }
  return bin;
}
