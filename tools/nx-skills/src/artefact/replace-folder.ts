import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Each try is lost to another process that replaces the same folder, and so has got on itself. */
const MAX_TRIES = 50;

/**
 * Replaces a folder as a whole, by one that is filled beside it: nobody finds half of it, and of several processes that
 * replace it at once the last one wins. For a moment between two renames it is not there.
 *
 * @param fill gets the path of an empty folder
 * @throws what `fill` throws; the folder is as it was then
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
      if (tries === MAX_TRIES)
        throw new Error(`${directory} is replaced by other processes again and again.`);
      await rm(old, { recursive: true, force: true });
    }
  } finally {
    await Promise.all([fresh, old].map((folder) => rm(folder, { recursive: true, force: true })));
  }
}

/** @returns false where another process has put its folder there in between */
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
