import { mkdir, readdir, realpath, symlink } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/**
 * Gives a checkout the packages of another without a second download: a link for each. Packages of the workspace itself are
 * those of the checkout.
 *
 * @param from root of the workspace that has them installed
 */
export async function linkPackages(from: string, to: string): Promise<void> {
  const installed = await realpath(join(from, 'node_modules'));
  await linkEntries(installed, join(to, 'node_modules'), (target) => ownOf(target, from, to));
}

async function linkEntries(from: string, to: string, place: (target: string) => string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) {
    if (name === '.cache') continue;
    if (name.startsWith('@')) await linkEntries(join(from, name), join(to, name), place);
    else await symlink(place(await realpath(join(from, name))), join(to, name));
  }
}

function ownOf(target: string, from: string, to: string): string {
  const path = relative(from, target);
  const isOwn = !path.startsWith(`..${sep}`) && !path.split(sep).includes('node_modules');
  return isOwn ? join(to, path) : target;
}
