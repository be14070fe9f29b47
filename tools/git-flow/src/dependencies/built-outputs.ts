import { git, type GitOptions, gitOutput } from '@odoobo/machine/git';
import { constants, existsSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';

/**
 * Copies what the workspace's own packages ship and git does not track, such as `dist`, into a worktree that lacks it:
 * without it, the workspace's own tools could not be loaded there.
 * @param folders of packages, relative to both roots
 * @returns the folders to which something was copied
 */
export async function copyBuiltOutputs(
  main: string,
  worktree: string,
  folders: readonly string[],
): Promise<string[]> {
  const copied = await Promise.all(
    folders.map(async (folder) => {
      const shipped = await shippedFolders(join(main, folder));
      const missing = shipped.filter((name) => !existsSync(join(worktree, folder, name)));
      const built = missing.filter((name) => existsSync(join(main, folder, name)));
      for (const name of built) await copy(join(main, folder, name), join(worktree, folder, name));
      return built.length > 0 ? [folder] : [];
    }),
  );
  return copied.flat();
}

/** Whether folders of the main checkout, in their current state, have the same content as the commit of a worktree. */
export async function haveSameSources(
  main: string,
  worktree: string,
  folders: readonly string[],
  options: Omit<GitOptions, 'cwd'>,
): Promise<boolean> {
  const commit = await gitOutput(['rev-parse', 'HEAD'], { ...options, cwd: worktree });
  const there = { ...options, cwd: main };
  const [differs, untracked] = await Promise.all([
    git(['diff', '--quiet', commit, '--', ...folders], there),
    gitOutput(['ls-files', '--others', '--exclude-standard', '--', ...folders], there),
  ]);
  return differs.exitCode === 0 && untracked === '';
}

/** The entries of `files` in a package.json that are plain folders or files. */
async function shippedFolders(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}');
  const { files } = JSON.parse(text) as { files?: unknown };
  if (!Array.isArray(files)) return [];
  const plain = files.filter((name): name is string => typeof name === 'string' && /^[\w./-]+$/.test(name));
  return plain.filter((name) => !normalize(name).startsWith('..'));
}

function copy(from: string, to: string): Promise<void> {
  return cp(from, to, {
    recursive: true,
    preserveTimestamps: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
  });
}
