import { atPath } from '@odoobo/local-platform/system-error';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ownerOnly } from './private-file.js';

export interface ReplaceOptions {
  /** Of the temporary file; on the same file system. The default is the file's own. */
  folder?: string;
  /** The default lets only the owner read it. */
  mode?: number;
}

/** Replaces a file as a whole: a reader sees either the old text or the new one, also where the disk is full. */
export function replaceFile(
  path: string,
  text: string,
  { folder = dirname(path), mode = ownerOnly }: ReplaceOptions = {},
): void {
  const temporary = join(folder, `${basename(path)}.${process.pid}.${randomUUID()}.tmp`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(temporary, text, { mode });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw atPath(error, path);
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
