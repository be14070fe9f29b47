import { readdir, readFile, realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** The text of a file, or undefined where there is none. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined;
    throw error;
  }
}

export interface Packages {
  /** Paths of `package.json` files from the folder, but for those of dependencies. */
  manifests: string[];
  /** Paths of `node_modules` folders from the folder, but for those in another. */
  installed: string[];
}

/** The packages of a repository, and where their dependencies are installed. Links are not followed. */
export async function findPackages(folder: string): Promise<Packages> {
  const found: Packages = { manifests: [], installed: [] };
  const look = async (at: string): Promise<void> => {
    for (const entry of await readdir(at, { withFileTypes: true })) {
      const path = join(at, entry.name);
      if (entry.isFile() && entry.name === 'package.json') found.manifests.push(relative(folder, path));
      if (!entry.isDirectory() || entry.name === '.git') continue;
      if (entry.name === 'node_modules') found.installed.push(relative(folder, path));
      else await look(path);
    }
  };
  await look(folder);
  return { manifests: found.manifests.sort(), installed: found.installed.sort() };
}

/** `path` of a spec, such as `/` or `services/web/`, as a path from the repository's root without either slash. */
export function relativePath(path = ''): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join(sep);
}

/** A path in a folder, which a link may not lead out of; undefined where there is none. */
export async function placeInside(folder: string, path: string): Promise<string | undefined> {
  const root = await realpath(folder);
  const place = await realpath(join(root, path)).catch(() => '');
  return place === root || place.startsWith(root + sep) ? place : undefined;
}

/** Whether such a path would leave the repository. */
export function leaves(path = ''): boolean {
  return path.split('/').includes('..');
}
