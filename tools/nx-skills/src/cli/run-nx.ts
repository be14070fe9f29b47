import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';

/**
 * Runs the Nx of the workspace that this process is in.
 *
 * @returns its exit code; 1 where a signal has ended it
 * @throws when there is no Nx
 */
export async function runNx(
  args: readonly string[],
  { stdout }: { stdout: Writable & { fd: number } },
): Promise<number> {
  const nx = spawn(process.execPath, [findNx(process.cwd()), ...args], {
    stdio: ['inherit', stdout.fd, 'inherit'],
  });
  const handOn = (signal: NodeJS.Signals) => void nx.kill(signal);
  // Ctrl-C reaches Nx as well, which ends its tasks first: this process ends after it.
  const wait = () => undefined;
  process.on('SIGTERM', handOn).on('SIGINT', wait);
  try {
    const [code] = (await once(nx, 'close')) as [number | null];
    return code ?? 1;
  } finally {
    process.off('SIGTERM', handOn).off('SIGINT', wait);
  }
}

function findNx(folder: string): string {
  try {
    const manifest = createRequire(join(folder, 'package.json')).resolve('nx/package.json');
    const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { nx: string } };
    return join(dirname(manifest), bin.nx);
  } catch (cause) {
    throw new Error(`There is no Nx in ${folder}. Run this in an Nx workspace, after npm ci.`, { cause });
  }
}
