import { type Tree, visitNotIgnoredFiles } from '@nx/devkit';
import { manifestFile, manifestIn, sharedFiles } from '@odoobo/ship/manifest/find-manifests';
import { basename } from 'node:path';

/** The values of a field in all manifests of a workspace, unchecked. */
export function manifestValues(tree: Tree, field: string): unknown[] {
  const found: unknown[] = [];
  visitNotIgnoredFiles(tree, '.', (file) => {
    const name = basename(file);
    if (![manifestFile, ...sharedFiles].includes(name)) return;
    const value = manifestIn(tree.read(file, 'utf8') ?? '', name)?.value;
    if (typeof value === 'object' && value !== null) found.push((value as Record<string, unknown>)[field]);
  });
  return found;
}
