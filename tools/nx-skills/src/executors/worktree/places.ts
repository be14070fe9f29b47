import { gitOutput } from '@odoobo/git-flow';
import { mainCheckout } from '@odoobo/local-platform/client';
import { mkdir, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';

/** Where a workspace has its worktrees, whichever checkout is asked. */
export interface WorktreePlaces {
  /** The workspace, from the root of its repository; empty where it is the root. */
  workspace: string;
  /** Folder of the worktrees. Absolute, with symbolic links resolved, and there. */
  base: string;
}

/**
 * @param baseFolder from the main checkout; beside it where left out
 * @throws where there is no repository, or for a folder inside it
 */
export async function findPlaces(
  workspaceRoot: string,
  baseFolder: string | undefined,
  signal: AbortSignal,
): Promise<WorktreePlaces> {
  const main = mainCheckout(workspaceRoot);
  const root = await gitOutput(['rev-parse', '--show-toplevel'], { cwd: main, signal });
  const base = baseFolder === undefined ? `${root}-worktrees` : resolve(main, baseFolder);
  if (isInside(root, base)) {
    throw new Error(
      `--base-folder=${baseFolder} is inside the workspace, where Nx and editors would see every file twice. Take one beside it, such as ../worktrees`,
    );
  }
  await mkdir(base, { recursive: true });
  return { workspace: relative(root, await realpath(main)), base: await realpath(base) };
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!isAbsolute(way) && way.split(sep)[0] !== '..');
}
