import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ownerOnly } from './private-file.js';

/**
 * Replaces a file as a whole: a reader, who must be its owner, sees either the old text or the new one.
 * The temporary file is beside it, or in `folder`, which must be on the same file system.
 */
export function replaceFile(path: string, text: string, folder = dirname(path)): void {
  const temporary = join(folder, `${basename(path)}.${process.pid}.${randomUUID()}.tmp`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(temporary, text, { mode: ownerOnly });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Deletes temporary files in `folder` of processes that were killed while they replaced this file. */
export function removeAbandoned(path: string, folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${basename(path)}.`)) continue;
    const [, pid] = /\.(\d+)\.[0-9a-f-]{36}\.tmp$/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
