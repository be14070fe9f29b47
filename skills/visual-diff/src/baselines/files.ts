import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Where a store keeps its files. A path has names separated by slashes. */
export interface Files {
  /** @returns undefined when there is no such file */
  read: (path: string) => Promise<Buffer | undefined>;
  /** Writes a file as a whole: no reader gets half of it. */
  write: (path: string, content: string | Buffer) => Promise<void>;
  /** Does nothing when there is no such file. */
  remove: (path: string) => Promise<void>;
  /** The names of the files and folders in a folder; none when there is no such folder. */
  names: (folder: string) => Promise<string[]>;
}

/** Files in a folder of this machine. */
export function filesInFolder(root: string): Files {
  return {
    read: (path) => unlessMissing(readFile(join(root, path)), undefined),
    async write(path, content) {
      const file = join(root, path);
      const half = `${file}.${randomUUID()}`;
      await mkdir(dirname(file), { recursive: true });
      await writeFile(half, content);
      await rename(half, file);
    },
    remove: (path) => rm(join(root, path), { force: true }),
    names: (folder) => unlessMissing(readdir(join(root, folder)), []),
  };
}

async function unlessMissing<T, M>(found: Promise<T>, missing: M): Promise<T | M> {
  try {
    return await found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return missing;
    throw error;
  }
}
