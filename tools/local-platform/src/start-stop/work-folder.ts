import { existsSync } from 'node:fs';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  unlink,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { marksOf } from '../process/platform-processes.js';
import { withoutLinks } from '../process/without-links.js';
import { copyTree } from '../sources/copy-tree.js';
import { replaceFile } from '../state/atomic-file.js';
import { type Layout, layoutOf } from '../state/layout.js';
import {
  databaseFolderOf,
  databaseFolderParent,
  ownerFile,
  workFolderParents,
  workFoldersOf,
} from '../state/work-folders.js';

/** What Node looks for in each folder above a module: https://nodejs.org/api/modules.html, https://nodejs.org/api/packages.html */
const lookedFor = ['node_modules', 'package.json'];

/** How long the work folder of a deleted platform is kept: the disk of that may only be unmounted. */
const keptMs = 7 * 24 * 3_600_000;

/**
 * Moves the folders in which code is built and runs out of the workspace around a platform, if there is one: a service would
 * find packages there that its artefact lacks, and fail only in production. Links stay in their place. For the server of the
 * folder, before it runs anything.
 *
 * @throws Error where no folder is outside of all packages
 */
export async function openWorkFolder(layout: Layout): Promise<void> {
  const links = [layout.run, layout.builds, layout.buildCache];
  const targets = await Promise.all(links.map(targetOf));
  if (foundAbove(layout.root) === undefined && targets.every((target) => target === undefined)) return;
  const folder = await firstUsable(workFoldersOf(layout));
  await replaceFile(join(folder, ownerFile), layout.root);
  for (const link of links) await linkTo(link, join(folder, basename(link)), layout);
}

/** The folders that a platform has outside of its own: for its code, and for databases where root runs it. */
export async function ownWorkFolders(layout: Layout): Promise<string[]> {
  const linked = await targetOf(layout.run);
  const folders = new Set([
    ...workFoldersOf(layout),
    databaseFolderOf(layout),
    ...(linked === undefined ? [] : [dirname(linked)]),
  ]);
  const owners = await Promise.all([...folders].map(ownerOf));
  return [...folders].filter((_, index) => owners[index] === layout.root);
}

/** Deletes the work folders of platforms that were deleted over a week ago. */
export async function deleteAbandonedWorkFolders(): Promise<void> {
  for (const parent of [...workFolderParents(), databaseFolderParent]) {
    for (const name of await readdir(parent).catch(() => [])) {
      const folder = join(parent, name);
      if (await isAbandoned(folder)) await rm(folder, { recursive: true, force: true });
    }
  }
}

async function isAbandoned(folder: string): Promise<boolean> {
  const owner = await ownerOf(folder);
  const opened = await stat(join(folder, ownerFile)).catch(() => undefined);
  if (owner === undefined || opened === undefined || existsSync(owner)) return false;
  return Date.now() - opened.mtimeMs > keptMs && (await marksOf(layoutOf(owner))).length === 0;
}

/** The platform that a work folder belongs to; undefined where the folder does not say. */
async function ownerOf(folder: string): Promise<string | undefined> {
  return readFile(join(folder, ownerFile), 'utf8').catch(() => undefined);
}

/** The first thing above a folder that code in it would find; undefined where there is none. */
function foundAbove(folder: string): string | undefined {
  for (let above = dirname(withoutLinks(folder)); ; above = dirname(above)) {
    const found = lookedFor.map((name) => join(above, name)).find((path) => existsSync(path));
    if (found !== undefined || above === dirname(above)) return found;
  }
}

async function firstUsable(folders: readonly string[]): Promise<string> {
  const problems: string[] = [];
  for (const folder of folders) {
    const problem = await problemWith(folder);
    if (problem === undefined) return folder;
    problems.push(`${folder} (${problem})`);
  }
  throw new Error(
    `The local platform found no folder to run services in that is outside of all packages: ${problems.join(', ')}. ` +
      'In one, services find packages that they lack in production. ' +
      `Set XDG_STATE_HOME to a folder without ${lookedFor.join(' and ')} above it.`,
  );
}

/** Creates a folder that only this user can read. @returns why it cannot be used */
async function problemWith(folder: string): Promise<string | undefined> {
  const found = foundAbove(folder);
  if (found !== undefined) return `${found} is above it`;
  const parent = dirname(folder);
  try {
    await mkdir(parent, { recursive: true, mode: 0o700 });
    // Anyone may have created a folder or a link of that name in /var/tmp.
    const { uid } = await lstat(parent);
    if (uid !== process.getuid?.()) return `${parent} belongs to another user`;
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o700);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** What is in the place of the link is moved. A platform that was itself moved keeps what it has; a copy begins with nothing. */
async function linkTo(link: string, target: string, { root }: Layout): Promise<void> {
  const earlier = await targetOf(link);
  if (earlier === undefined) {
    if (existsSync(link)) await move(link, target);
    await symlink(target, link);
  } else if (earlier !== target) {
    const owner = await ownerOf(dirname(earlier));
    if (owner === root || (owner !== undefined && !existsSync(owner))) await move(earlier, target);
    await unlink(link);
    await symlink(target, link);
  }
  await mkdir(target, { recursive: true, mode: 0o700 });
}

async function targetOf(link: string): Promise<string | undefined> {
  return readlink(link).catch(() => undefined);
}

/** In one step where both are on one disk. Otherwise it is whole before what it replaces is gone. */
async function move(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await copyTree(from, to);
    await rm(from, { recursive: true, force: true });
  }
}
