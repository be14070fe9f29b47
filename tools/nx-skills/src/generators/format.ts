import { formatFiles, readJson, type Tree } from '@nx/devkit';

const prettier = 'node_modules/prettier/package.json';

/** Formats the changed files as the workspace does. Before version 3, prettier cannot read the import of a manifest. */
export async function format(tree: Tree): Promise<void> {
  const { version } = tree.exists(prettier)
    ? readJson<{ version: string }>(tree, prettier)
    : { version: '3' };
  if (Number.parseInt(version, 10) >= 3) await formatFiles(tree);
}
