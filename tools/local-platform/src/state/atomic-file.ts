import { randomBytes } from 'node:crypto';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { atPath } from '../errors/system-error.js';

/** How an unfinished file is named; the owner of the folder may delete these when it opens it. */
export const unfinishedSuffix = '.unfinished';

/**
 * Replaces a file as a whole: a reader sees the old text or the new one, also after a crash or a power cut.
 * The file is readable by its owner only (0600).
 */
export async function replaceFile(file: string, text: string): Promise<void> {
  const id = randomBytes(6).toString('hex');
  const unfinished = join(dirname(file), `.${basename(file)}.${id}${unfinishedSuffix}`);
  try {
    await writeDurably(unfinished, text);
    await rename(unfinished, file);
  } catch (cause) {
    await rm(unfinished, { force: true });
    throw new Error(`Could not write ${file}. Check the free space and the permissions there.`, { cause });
  }
}

/**
 * Replaces a file as a whole, for one writer at a time. It is not synced to the disk: for what ends with a power cut anyway.
 * The file is readable by its owner only (0600).
 */
export async function replaceUnsynced(file: string, text: string): Promise<void> {
  const fresh = `${file}.new`;
  try {
    await writeFile(fresh, text, { mode: 0o600 });
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true });
    throw atPath(error, file);
  }
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
