import { lstat, mkdir, readdir, readlink, realpath, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

/**
 * Gives a folder of a worktree the packages that the same folder of the main checkout has, by a link for each: no copy
 * and no download. A package of the workspace itself is linked to that of the worktree, so that changes there take
 * effect there. Anything in place that is not a link stays unchanged.
 * @param folder relative to both roots; empty for the roots
 */
export async function linkModules(main: string, worktree: string, folder: string): Promise<void> {
  const linker = new Linker(await realpath(main), await realpath(worktree));
  const from = join(linker.main, folder, 'node_modules');
  const to = join(linker.worktree, folder, 'node_modules');
  await linker.linkAll(from, to);
}

class Linker {
  constructor(
    readonly main: string,
    readonly worktree: string,
  ) {}

  async linkAll(from: string, to: string): Promise<void> {
    await mkdir(to, { recursive: true });
    for (const name of await readdir(from)) {
      if (name.startsWith('@') || name === '.bin') await this.linkAll(join(from, name), join(to, name));
      // Each checkout has its own hidden folders, in which tools keep files.
      else if (!name.startsWith('.')) await this.#link(join(from, name), join(to, name));
    }
    await this.#dropStale(from, to);
  }

  async #link(from: string, to: string): Promise<void> {
    const target = await this.#targetOf(from, to);
    const there = await lstat(to).catch(() => undefined);
    if (there && !there.isSymbolicLink()) return;
    if (there && (await readlink(to)) === target) return;
    if (there) await rm(to);
    await symlink(target, to);
  }

  async #targetOf(from: string, to: string): Promise<string> {
    // Commands are links into the packages beside them.
    if (dirname(from).endsWith(`${sep}.bin`)) return (await isLink(from)) ? readlink(from) : from;
    const own = await this.#ownPackage(from);
    return own === undefined ? from : relative(dirname(to), own);
  }

  /** The path of a workspace package in the worktree; undefined for other packages, and where it is not checked out. */
  async #ownPackage(from: string): Promise<string | undefined> {
    if (!(await isLink(from))) return undefined;
    const place = relative(this.main, await realpath(from).catch(() => from));
    if (place.split(sep).some((part) => part === '..' || part === 'node_modules')) return undefined;
    const own = join(this.worktree, place);
    return (await lstat(own).catch(() => undefined)) ? own : undefined;
  }

  /** Removes the links to packages that the main checkout no longer has. */
  async #dropStale(from: string, to: string): Promise<void> {
    const kept = new Set(await readdir(from));
    for (const name of await readdir(to)) {
      if (!kept.has(name) && (await isLink(join(to, name)))) await rm(join(to, name));
    }
  }
}

async function isLink(path: string): Promise<boolean> {
  return (await lstat(path)).isSymbolicLink();
}
