import { atPath } from '@odoobo/local-platform/system-error';
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Each failed attempt means that another process has replaced the folder, so there is progress. */
const maxTries = 50;

/**
 * Replaces a folder as a whole with one that is filled next to it: no reader sees half of it, and of several processes
 * the last one wins. Between two renames it is missing for a moment.
 *
 * @param fill gets the path of an empty folder
 * @throws what `fill` throws; the folder is unchanged then
 */
export async function replaceFolder(
  directory: string,
  fill: (folder: string) => Promise<void>,
): Promise<void> {
  const fresh = `${directory}.${randomUUID()}`;
  const old = `${fresh}.old`;
  try {
    await mkdir(dirname(directory), { recursive: true });
    await mkdir(fresh);
    await fill(fresh);
    for (let tries = 1; !(await swap(directory, fresh, old)); tries += 1) {
      if (tries === maxTries) throw new Error(`Other processes keep replacing ${directory}.`);
      await rm(old, { recursive: true, force: true });
    }
  } catch (error) {
    throw atPath(error, directory);
  } finally {
    await Promise.all([fresh, old].map((folder) => rm(folder, { recursive: true, force: true })));
  }
}

/** @returns false if another process put its folder there in the meantime */
async function swap(directory: string, fresh: string, old: string): Promise<boolean> {
  await rename(directory, old).catch(unless('ENOENT'));
  return rename(fresh, directory).then(
    () => true,
    (error: unknown) => {
      unless('ENOTEMPTY', 'EEXIST')(error);
      return false;
    },
  );
}

function unless(...codes: string[]): (error: unknown) => void {
  return (error) => {
    if (!codes.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  };
}
