import { readJson, type Tree, updateJson } from '@nx/devkit';

const file = 'tsconfig.json';

/**
 * Adds a project to the references of the workspace's `tsconfig.json`, if that only refers to projects, as `nx sync` of
 * @nx/js does: otherwise the workspace is out of sync, and its type check fails.
 * @param root folder of the project, relative to the workspace
 */
export function addReference(tree: Tree, root: string): void {
  if (!tree.exists(file)) return;
  const { files, references } = readJson<{ files?: unknown[]; references?: { path: string }[] }>(tree, file);
  if (files?.length !== 0 || references === undefined) return;
  const path = `./${root}`;
  if (references.some((one) => one.path === path)) return;
  updateJson(tree, file, (config: object) => ({ ...config, references: [...references, { path }] }));
}
