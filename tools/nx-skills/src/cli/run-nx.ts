import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

/**
 * Runs the Nx of the workspace that this process is in.
 * @returns 0 where it succeeds, 1 where it fails; 130 or 143 if this process and Nx were interrupted. Nx's own exit
 * code is not reliable: it can be 130 when a build of a batch fails.
 * @throws when there is no Nx
 */
export async function runNx(
  args: readonly string[],
  { stdout }: { stdout: Writable & { fd: number } },
): Promise<number> {
  return end(
    spawn(process.execPath, [findNx(process.cwd()), ...args], { stdio: ['inherit', stdout.fd, 'inherit'] }),
  );
}

/** Returns what Nx prints on stdout. @throws when there is no Nx, or it fails: the reason is on stderr then */
export async function readNx(args: readonly string[]): Promise<string> {
  const nx = spawn(process.execPath, [findNx(process.cwd()), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [printed, code] = await Promise.all([text(nx.stdout), end(nx)]);
  if (code !== 0) throw new Error(`nx ${args.join(' ')} failed; see the output above`);
  return printed;
}

async function end(nx: ChildProcess): Promise<number> {
  let interruptedBy: NodeJS.Signals | undefined;
  const handOn = (signal: NodeJS.Signals) => {
    interruptedBy ??= signal;
    nx.kill(signal);
  };
  process.on('SIGINT', handOn).on('SIGTERM', handOn);
  try {
    const [code] = (await once(nx, 'close')) as [number | null];
    if (interruptedBy) return 128 + constants.signals[interruptedBy];
    return code === 0 ? 0 : 1;
  } finally {
    process.off('SIGINT', handOn).off('SIGTERM', handOn);
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
