import { folderMode, type TreeEntry } from './tree.js';
import type { TreeStore } from './tree-store.js';

/** The trees of a merge, as revisions. */
export interface Sides {
  /** Undefined if both sides have added the folder. */
  base: string | undefined;
  ours: string;
  theirs: string;
}

/** All modes that git writes today. In a merge, git corrects those that its early versions wrote. */
const usualModes = new Set([folderMode, '100644', '100755', '120000', '160000']);

/**
 * Merges trees in which the two sides have changed different paths, as branches of different skills do. Each entry is taken from
 * the side that has changed it, and only folders that both have changed are read.
 *
 * The result is exactly the tree of `git merge-tree`, whatever is configured. Where a path is unchanged on one side, git takes
 * the other side's without a merge of contents, so without a driver of gitattributes. Renames do not change that:
 * git detects them to apply what the other side did to the old path, or added to the old folder. Here it
 * did neither, since the old path, or the deleted folder, would have been changed by both. So git merges every such
 * path, even if both have changed it alike: two that delete the same file may have renamed it differently.
 * @returns the hash of the merged tree; undefined where git must merge it
 * @throws {GitError} when a tree cannot be read or written
 */
export async function mergeTrees(
  { base, ours, theirs }: Sides,
  trees: TreeStore,
): Promise<string | undefined> {
  const was = base === undefined ? new Map<string, TreeEntry>() : await trees.read(base);
  const here = await trees.read(ours);
  const there = await trees.read(theirs);
  const merged = new Map(here);
  for (const name of new Set([...was.keys(), ...there.keys()])) {
    const sides = { base: was.get(name), ours: here.get(name), theirs: there.get(name) };
    if (areSame(sides.theirs, sides.base)) continue;
    if (!areSame(sides.ours, sides.base)) {
      const folder = await mergeFolders(sides, trees);
      if (!folder) return undefined;
      merged.set(name, folder);
    } else if (sides.theirs) merged.set(name, sides.theirs);
    else merged.delete(name);
  }
  // A folder that both have emptied disappears, because git has no empty folders.
  const usual = merged.size > 0 && [...merged.values()].every(({ mode }) => usualModes.has(mode));
  return usual ? trees.write(merged) : undefined;
}

async function mergeFolders(
  { base, ours, theirs }: EntrySides,
  trees: TreeStore,
): Promise<TreeEntry | undefined> {
  if (!isFolder(ours) || !isFolder(theirs) || (base && !isFolder(base))) return undefined;
  const hash = await mergeTrees({ base: base?.hash, ours: ours.hash, theirs: theirs.hash }, trees);
  return hash === undefined ? undefined : { mode: folderMode, hash };
}

/** The entries at a path; undefined if a side has none. */
type EntrySides = Record<keyof Sides, TreeEntry | undefined>;

function isFolder(entry: TreeEntry | undefined): entry is TreeEntry {
  return entry?.mode === folderMode;
}

function areSame(one: TreeEntry | undefined, other: TreeEntry | undefined): boolean {
  return one?.hash === other?.hash && one?.mode === other?.mode;
}
