import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readGitLink, type Administration } from './administration.js';

/** What folders say that they are a worktree of, by their path: what their `.git` file names, whether that is there or not. */
export type Links = ReadonlyMap<string, string>;

/**
 * Reads the links of folders that may be a worktree which somebody has moved or copied: git itself knows only where each was made.
 *
 * @param around absolute; what is directly in them is looked at
 * @param at absolute; they themselves are looked at
 */
export async function readLinks(around: readonly string[], at: readonly string[]): Promise<Links> {
  const lists = await Promise.all([...new Set(around)].filter((folder) => folder !== root).map(inside));
  const places = [...new Set([...at, ...lists.flat()])];
  const links = await Promise.all(places.map(async (place) => ({ place, link: await linkOf(place) })));
  return new Map(links.flatMap(({ place, link }) => (link === undefined ? [] : [[place, link]])));
}

/** Network drives are often mounted there, and one that does not answer would hang the run. */
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

/**
 * Folders that say they are this worktree, other than where git takes it to be. After the main checkout was moved too, what they name
 * is gone: then those beside the place that was asked for are meant, by the name that git gave the worktree.
 *
 * @param path where the worktree was asked for
 * @param isThere whether what a folder names is there
 */
export function findElsewhere(
  { directory, worktree }: Administration,
  path: string,
  links: Links,
  isThere: (target: string) => boolean,
): string[] {
  const near = (place: string) => dirname(place) === dirname(path);
  return [...links]
    .filter(([place]) => place !== worktree)
    .filter(
      ([place, target]) =>
        target === directory || (near(place) && basename(target) === basename(directory) && !isThere(target)),
    )
    .map(([place]) => place)
    .sort();
}
