/** An entry of a tree. */
export interface TreeEntry {
  /** As git writes it: `40000` is a folder, `160000` a submodule. */
  mode: string;
  hash: string;
}

/** By name. A name is bytes to git, so here it is a string with one character per byte. */
export type Tree = Map<string, TreeEntry>;

export const folderMode = '40000';

/**
 * Reads the content of a tree object.
 * Format: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects#_tree_objects
 * @param hashBytes length of a hash: 20, or 32 in a repository of SHA-256
 */
export function parseTree(content: Buffer, hashBytes: number): Tree {
  const tree: Tree = new Map();
  for (let start = 0; start < content.length;) {
    const space = content.indexOf(' ', start);
    const nul = content.indexOf(0, space);
    const end = nul + 1 + hashBytes;
    const mode = content.toString('latin1', start, space);
    tree.set(content.toString('latin1', space + 1, nul), {
      mode,
      hash: content.toString('hex', nul + 1, end),
    });
    start = end;
  }
  return tree;
}

/** The content of a tree object. */
export function formatTree(tree: Tree): Buffer {
  const entries = [...tree].map(([name, entry]) => ({ name, ...entry, order: orderOf(name, entry) }));
  entries.sort((one, other) => (one.order < other.order ? -1 : 1));
  return Buffer.concat(
    entries.flatMap(({ mode, name, hash }) => [
      Buffer.from(`${mode} ${name}\0`, 'latin1'),
      Buffer.from(hash, 'hex'),
    ]),
  );
}

/** Git sorts by bytes, and a folder as if its name ended with a slash. */
function orderOf(name: string, { mode }: TreeEntry): string {
  return mode === folderMode ? `${name}/` : name;
}
