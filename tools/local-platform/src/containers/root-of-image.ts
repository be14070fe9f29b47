import { copyFile, lstat, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface ImageUser {
  uid: number;
  gid: number;
  home: string;
}

/** Files of this machine that a container needs to find hosts by name. */
const ofNetwork = ['/etc/hosts', '/etc/resolv.conf'];

/** Folders of the kernel that a container sees, too. */
export const ofKernel = ['proc', 'sys', 'dev'];

/**
 * Makes what an image lacks to be run: its working directory, mount points, and names of hosts. Links of the image are not
 * followed: they would lead out of it.
 * @throws Error when one of the folders is a link
 */
export async function completeRoot(root: string, workingDir: string): Promise<void> {
  for (const folder of ofKernel) await makeFolder(root, folder);
  await makeFolder(root, 'etc');
  for (const file of ofNetwork) {
    const there = await lstat(join(root, file)).catch(() => undefined);
    if (there === undefined || there.isFile()) await copyFile(file, join(root, file)).catch(() => undefined);
  }
  await makeFolder(root, workingDir);
}

async function makeFolder(root: string, path: string): Promise<void> {
  let place = root;
  for (const part of path.split('/').filter((one) => one !== '')) {
    place = join(place, part);
    const there = await lstat(place).catch(() => undefined);
    if (there === undefined) await mkdir(place);
    else if (!there.isDirectory()) throw new Error(`${path} of the image is not a folder`);
  }
}

/**
 * The user of an image, in names or numbers, by its own /etc/passwd and /etc/group.
 * @throws Error when it has no user or group of that name
 */
export async function userOf(root: string, user: string): Promise<ImageUser> {
  const [wanted = '', group] = user.split(':');
  const known = await rowsOf(join(root, 'etc/passwd'));
  const row = known.find(([name, , uid]) => (wanted || '0') === uid || wanted === name);
  const uid = row?.[2] ?? (/^\d*$/.test(wanted) ? wanted || '0' : undefined);
  if (uid === undefined) throw new Error(`its image has no user "${wanted}"`);
  const gid = group === undefined ? (row?.[3] ?? '0') : await groupOf(root, group);
  return { uid: Number(uid), gid: Number(gid), home: row?.[5] || '/' };
}

async function groupOf(root: string, group: string): Promise<string> {
  if (/^\d+$/.test(group)) return group;
  const found = (await rowsOf(join(root, 'etc/group'))).find(([name]) => name === group);
  if (found?.[2] === undefined) throw new Error(`its image has no group "${group}"`);
  return found[2];
}

async function rowsOf(file: string): Promise<string[][]> {
  const isFile = (await lstat(file).catch(() => undefined))?.isFile();
  const text = isFile ? await readFile(file, 'utf8') : '';
  return text.split('\n').map((line) => line.split(':'));
}
