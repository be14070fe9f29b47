import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Administration, readGitLink } from './administration.js';

/** By the path of a folder: the path in its `.git` file, whether it exists or not. */
export type Links = ReadonlyMap<string, string>;

/**
 * Reads the links of folders that may be a moved or copied worktree: git itself knows only where each was created.
 * @param around absolute paths; the folders directly in them are read
 * @param at absolute paths; these folders themselves are read
 */
export async function readLinks(around: readonly string[], at: readonly string[]): Promise<Links> {
  const lists = await Promise.all([...new Set(around)].filter((folder) => folder !== root).map(inside));
  const places = [...new Set([...at, ...lists.flat()])];
  const links = await Promise.all(places.map(async (place) => ({ place, link: await linkOf(place) })));
  return new Map(links.flatMap(({ place, link }) => (link === undefined ? [] : [[place, link]])));
}

/** Network drives are often mounted there; one that does not answer would hang the run. */
const root = '/';

/** A folder that cannot be read holds nothing that could be repaired. */
async function inside(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}

async function linkOf(place: string): Promise<string | undefined> {
  const link = await readGitLink(place).catch(() => 'missing' as const);
  return typeof link === 'object' ? link.target : undefined;
}

/** Folders other than the registered path that link to git's records of a worktree: copies, or the folder it was moved to. */
export function findCopies({ directory, worktree }: Administration, links: Links): string[] {
  const naming = [...links].filter(([place, target]) => target === directory && place !== worktree);
  return naming.map(([place]) => place).sort();
}

/**
 * Possible paths of a worktree that is not at its registered path. If the main checkout was moved too, the path in its `.git` file
 * no longer exists: then a folder beside the requested path counts, by the name that git gave the worktree.
 * @param path the requested path
 */
export function findMoved(administration: Administration, path: string, links: Links): string[] {
  const copies = findCopies(administration, links);
  if (copies.length > 0) return copies;
  const name = basename(administration.directory);
  return [...links]
    .filter(([place]) => place !== administration.worktree && dirname(place) === dirname(path))
    .filter(([, target]) => basename(target) === name && !existsSync(target))
    .map(([place]) => place)
    .sort();
}

/** @throws if there are several: only the user knows which of them is in use */
export function oneOf(folders: readonly string[], path: string): string {
  const [folder = '', ...others] = folders;
  if (others.length === 0) return folder;
  throw new Error(
    `The worktree ${path} was moved or copied to ${folders.join(' and ')}. Register the right one: git worktree repair <folder>. Make the others ordinary folders: rm <folder>/.git`,
  );
}
