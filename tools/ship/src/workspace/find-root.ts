import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The root of the workspace that a folder is in: where its packages are listed; else the root of its git repository.
 * @throws when it is in neither
 */
export function findRoot(folder: string): string {
  const above = foldersAbove(folder);
  const root = above.find(isRoot) ?? above.find((one) => existsSync(join(one, '.git')));
  if (root !== undefined) return root;
  throw new Error(
    `${folder} is in no git repository. Run this in a folder of your workspace, or make it one: git init`,
  );
}

/** Whether a folder is the root of a workspace: its skills are not those of a workspace around it. */
export function isRoot(folder: string): boolean {
  return existsSync(join(folder, 'nx.json')) || listsPackages(folder);
}

function foldersAbove(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...foldersAbove(above)];
}

/** npm, Yarn and Bun list them in `package.json`, pnpm in a file of its own. */
function listsPackages(folder: string): boolean {
  if (existsSync(join(folder, 'pnpm-workspace.yaml'))) return true;
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as object;
    return 'workspaces' in manifest;
  } catch {
    return false;
  }
}
