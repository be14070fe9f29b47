import { manifestFile, manifestIn, sharedFiles } from '@odoobo/ship/manifest/find-manifests';
import { basename, join } from 'node:path';
import type { Tree } from 'nx/src/devkit-exports.js';

/** The paths of the files in a folder that have a manifest. */
export function manifestsIn(tree: Tree, root: string): string[] {
  return [manifestFile, ...sharedFiles]
    .map((file) => join(root, file))
    .filter((path) => tree.exists(path) && manifestIn(tree.read(path, 'utf8') ?? '', basename(path)));
}
