import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unfinishedSuffix } from '../state/atomic-file.js';
import type { Layout } from '../state/layout.js';

/** Enough for the records and the logs of a start, in bytes. */
const neededBytes = 64 * 1024;

/**
 * A server that cannot write its record does not start, and stops what it has taken over from the one before. So this is known
 * before anything is taken over: what runs keeps serving.
 * @throws Error when the disk of the folder has no room for the records of a start
 */
export async function requireFreeSpace({ root }: Layout): Promise<void> {
  const file = join(root, `.room.${randomBytes(6).toString('hex')}${unfinishedSuffix}`);
  try {
    await writeFile(file, Buffer.alloc(neededBytes), { mode: 0o600 });
  } catch (cause) {
    throw new Error(
      `The local platform cannot start: its folder ${root} has no room for ${neededBytes / 1024} kB more. Services that run keep serving. Check the free space and the permissions there.`,
      { cause },
    );
  } finally {
    await rm(file, { force: true });
  }
}
