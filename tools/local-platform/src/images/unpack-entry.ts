import { createWriteStream } from 'node:fs';
import { chmod, link, lstat, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Extract } from 'tar-stream';
import { ImageError } from './image-error.js';

/** tar-stream's types have it but do not export it. */
export type Entry = Extract extends AsyncIterable<infer Each> ? Each : never;

/** https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts */
const whiteout = '.wh.';
const opaque = '.wh..wh..opq';

/** Deletes what a whiteout entry hides: one path, or (opaque) all that its folder holds. Ignores other entries. */
export async function applyWhiteout(root: string, { header }: Entry): Promise<void> {
  const segments = insideRoot(header.name);
  const name = segments.at(-1);
  if (!name?.startsWith(whiteout)) return;
  const folder = segments.slice(0, -1);
  if (!(await isFolder(root, folder))) return;
  const path = join(root, ...folder);
  const hidden = name === opaque ? await readdir(path) : insideRoot(name.slice(whiteout.length));
  for (const child of hidden) await rm(join(path, child), { recursive: true, force: true });
}

/** Writes one entry of a layer, over what lower layers have there. Ignores whiteouts. */
export async function unpackEntry(root: string, entry: Entry): Promise<void> {
  const { name, type, linkname, mode } = entry.header;
  const segments = insideRoot(name);
  if (segments.length === 0 || segments.at(-1)?.startsWith(whiteout)) return;
  const path = join(root, ...segments);
  await makeFolders(root, segments.slice(0, -1));
  switch (type) {
    case 'directory':
      return writeFolder(path, mode);
    case 'file':
    case 'contiguous-file':
      return writeFile(path, entry, mode);
    case 'symlink':
      return writeSymlink(path, name, linkname ?? '');
    case 'link':
      return writeLink(root, path, name, linkname ?? '');
    default:
      throw new ImageError(`${name} in the image is a ${type}. Build it of files, folders and links only.`);
  }
}

/** The parts of an entry's path. @throws ImageError when it would leave the image's root. */
function insideRoot(name: string): string[] {
  const segments = name.split('/').filter((part) => part !== '' && part !== '.');
  if (name.startsWith('/') || segments.includes('..')) throw leaves(name, 'its path is outside the image');
  return segments;
}

function leaves(name: string, why: string): ImageError {
  return new ImageError(`Refused to unpack ${name}: ${why}. Build the image again from a source you trust.`);
}

/** Makes the folders above an entry that have no entry of their own. */
async function makeFolders(root: string, segments: readonly string[]): Promise<void> {
  for (const depth of segments.keys()) {
    const folder = segments.slice(0, depth + 1);
    if (!(await isOwnFolder(root, folder))) await mkdir(join(root, ...folder));
  }
}

async function isFolder(root: string, segments: readonly string[]): Promise<boolean> {
  for (const depth of segments.keys()) {
    if (!(await isOwnFolder(root, segments.slice(0, depth + 1)))) return false;
  }
  return true;
}

/** False when there is nothing. A link could lead anywhere, so none is followed. @throws ImageError when it is no folder. */
async function isOwnFolder(root: string, segments: readonly string[]): Promise<boolean> {
  const found = await look(join(root, ...segments));
  if (found && !found.isDirectory())
    throw leaves(segments.join('/'), 'another entry is below it, and it is not a folder');
  return found !== undefined;
}

async function look(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeFolder(path: string, mode: number): Promise<void> {
  if (!(await look(path))?.isDirectory()) {
    await clear(path);
    await mkdir(path);
  }
  // The owner keeps access: what follows is written into it, and one day it is deleted.
  await chmod(path, (mode & 0o777) | 0o700);
}

async function writeFile(path: string, entry: Entry, mode: number): Promise<void> {
  await clear(path);
  await pipeline(entry, createWriteStream(path, { flags: 'wx' }));
  // Without setuid, setgid and sticky: the service runs as this user and no one else.
  await chmod(path, mode & 0o777);
}

/** Absolute targets are refused as well: without a container they would mean this machine's files. */
async function writeSymlink(path: string, name: string, target: string): Promise<void> {
  const reached = posix.join(posix.dirname(name), target);
  if (target.startsWith('/') || reached.split('/')[0] === '..') {
    throw leaves(name, `it links to ${target}, which is outside the image`);
  }
  await clear(path);
  await symlink(target, path);
}

async function writeLink(root: string, path: string, name: string, target: string): Promise<void> {
  const segments = insideRoot(target);
  const source = join(root, ...segments);
  const found = (await isFolder(root, segments.slice(0, -1))) ? await look(source) : undefined;
  if (!found?.isFile())
    throw leaves(name, `it is a hard link to ${target}, which is not a file of the image`);
  if (source === path) return;
  await clear(path);
  await link(source, path);
}

function clear(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true });
}
