import { listWorktrees } from '@odoobo/git-flow';
import { gitOutput } from '@odoobo/machine/git';
import { mainCheckout } from '@odoobo/machine/main-checkout';
import { existsSync } from 'node:fs';
import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';

/** The folder of a workspace's worktrees, the same from every checkout. */
export interface WorktreePlaces {
  /** The workspace, from the root of its repository; empty where it is the root. */
  workspace: string;
  /** Folder of the worktrees. Absolute, with symbolic links resolved, and there. */
  base: string;
}

/**
 * @param baseFolder from the main checkout; beside it where left out
 * @throws where there is no repository, or for a folder that holds something else
 */
export async function findPlaces(
  workspaceRoot: string,
  baseFolder: string | undefined,
  signal: AbortSignal,
): Promise<WorktreePlaces> {
  const main = mainCheckout(workspaceRoot);
  const root = await gitOutput(['rev-parse', '--show-toplevel'], { cwd: main, signal });
  const base = baseFolder === undefined ? `${root}-worktrees` : resolve(main, baseFolder);
  await refuseInWorktree(base, main, signal);
  if (isInside(root, base)) await makeOwnFolder(base, root, signal);
  await mkdir(base, { recursive: true });
  return { workspace: relative(root, await realpath(main)), base: await realpath(base) };
}

/** Removing a worktree deletes everything inside it. */
async function refuseInWorktree(base: string, cwd: string, signal: AbortSignal): Promise<void> {
  const [, ...linked] = await listWorktrees({ cwd, signal });
  const around = linked.find(({ path }) => isInside(path, base));
  if (!around) return;
  throw new Error(
    `The folder ${base} is inside the worktree ${around.path}, and would be deleted with it. ${advice}`,
  );
}

const advice = 'Use a separate folder: --base-folder=.worktrees, or --base-folder=../worktrees';

/**
 * Makes a folder for worktrees inside the workspace. It ignores itself: so git does not see it as new, and Nx, which goes by the
 * same files, does not see every project twice.
 */
async function makeOwnFolder(base: string, root: string, signal: AbortSignal): Promise<void> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', base];
  const listed = (await gitOutput(['--literal-pathspecs', ...args], { cwd: root, signal })).split('\0');
  // Git lists a worktree as one folder, whatever it holds.
  const file = listed.find((path) => path !== '' && !path.endsWith('/'));
  if (file !== undefined) {
    throw new Error(`The folder ${base} also holds files that are not worktrees, such as ${file}. ${advice}`);
  }
  await mkdir(base, { recursive: true });
  const ignore = join(base, '.gitignore');
  if (!existsSync(ignore)) await writeFile(ignore, '# Worktrees, for git and Nx to leave alone.\n*\n');
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!isAbsolute(way) && way.split(sep)[0] !== '..');
}
