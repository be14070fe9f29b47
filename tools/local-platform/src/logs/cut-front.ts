import { execFile } from 'node:child_process';
import { type FileHandle, open, stat, truncate } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { LogLimit } from './log-limits.js';

/** The block size of file systems, or a multiple of it; logs are cut by multiples of it. */
export const blockBytes = 4096;
const toolMs = 30_000;
/** Where the first whole line is looked for after a cut; a "line" that is longer is broken. */
const longestBrokenLine = 64 * 1024;
const lineEnd = '\n'.charCodeAt(0);

const note = '[local-platform] earlier lines were deleted: the log was full ';

/** By how many bytes the rest of the file has moved forward. */
export type Shift = number;

/**
 * Deletes the beginning of a log that has grown too large, while any number of processes append to it. Nothing that they write
 * meanwhile is lost, as it would be by copying and truncating: the file system takes the blocks out of the file. Where it
 * cannot shorten a file in front (tmpfs, btrfs) it frees the blocks, and the beginning reads as zeros. Where neither can be
 * asked for (macOS; Alpine, whose fallocate(1) can do neither) the log starts again, and what is printed at that very moment may be lost.
 * @returns undefined when it is not too large, or is not there
 */
export async function cutFront(file: string, limit: LogLimit): Promise<Shift | undefined> {
  const excess = await excessOf(file, limit);
  if (excess === undefined) return undefined;
  const { begin, end } = excess;
  if (await fallocate('--collapse-range', file, 0, end)) {
    await mark(file, 0);
    return end;
  }
  if (await fallocate('--punch-hole', file, begin, end)) {
    await mark(file, end);
    return 0;
  }
  return startAnew(file);
}

/** Where the text of a log begins: behind the blocks that were freed. */
export async function textStart(handle: FileHandle): Promise<number> {
  if (!(await isFreed(handle, 0))) return 0;
  const { size } = await handle.stat();
  let [freed, text] = [0, Math.ceil(size / blockBytes)];
  while (text - freed > 1) {
    const middle = Math.floor((freed + text) / 2);
    if (await isFreed(handle, middle)) freed = middle;
    else text = middle;
  }
  return Math.min(size, text * blockBytes);
}

/** The excess, in whole blocks. */
async function excessOf(file: string, limit: LogLimit): Promise<{ begin: number; end: number } | undefined> {
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  try {
    const size = (await handle?.stat())?.size ?? 0;
    if (!handle || size <= limit.most) return undefined;
    const begin = await textStart(handle);
    const end = Math.floor((size - limit.kept) / blockBytes) * blockBytes;
    return size - begin > limit.most ? { begin, end } : undefined;
  } finally {
    await handle?.close();
  }
}

/** Zeros throughout: a line may begin with one, since services print more than text. */
async function isFreed(handle: FileHandle, block: number): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(
    Buffer.alloc(blockBytes),
    0,
    blockBytes,
    block * blockBytes,
  );
  return bytesRead === blockBytes && buffer.every((byte) => byte === 0);
}

/** fallocate(1) of util-linux. @returns whether it did */
async function fallocate(how: string, file: string, begin: number, end: number): Promise<boolean> {
  const args = [how, '--offset', String(begin), '--length', String(end - begin), file];
  return promisify(execFile)('fallocate', args, { timeout: toolMs }).then(
    () => true,
    () => false,
  );
}

/** Replaces the line that was cut through, and as many more as it takes, with a note. */
async function mark(file: string, at: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(longestBrokenLine),
      0,
      longestBrokenLine,
      at,
    );
    const end = buffer.subarray(0, bytesRead).indexOf(lineEnd, note.length);
    const text = end === -1 ? `${note}\n` : note.padEnd(end);
    await handle.write(text, at);
  } finally {
    await handle.close();
  }
}

async function startAnew(file: string): Promise<Shift> {
  const { size } = await stat(file);
  await truncate(file);
  return size;
}
