import { listWorktrees } from '@odoobo/git-flow';
import { gitOutput } from '@odoobo/machine/git';
import { mainCheckout } from '@odoobo/machine/main-checkout';
import { existsSync } from 'node:fs';
import { mkdir, realpath, writeFile } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';

/** The folder for a workspace's worktrees, the same from every checkout. */
export interface WorktreePlaces {
  /** The path of the workspace in its repository; empty if it is the root. */
  workspace: string;
  /** Existing folder of the worktrees, as an absolute path with symbolic links resolved. */
  base: string;
}

/**
 * @param baseFolder relative to the main checkout; next to it if left out
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
 * Creates a folder for worktrees inside the workspace. It ignores itself, so git does not list it as new, and Nx, which
 * uses the same ignore files, does not find every project twice.
 */
async function makeOwnFolder(base: string, root: string, signal: AbortSignal): Promise<void> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', base];
  const listed = (await gitOutput(['--literal-pathspecs', ...args], { cwd: root, signal })).split('\0');
  // Git lists a worktree as one folder, whatever it contains.
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
