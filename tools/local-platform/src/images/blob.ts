import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type * as z from 'zod';
import { ImageError } from './image-error.js';
import { parseJson } from './oci.js';

/** The path of a blob in a layout or store. The digest must be a valid one: it becomes part of the path. */
export function blobPath(layout: string, digest: string): string {
  return join(layout, 'blobs', ...digest.split(':'));
}

/** The bytes of a blob. @throws ImageError at the end of them when they are not those that the digest names. */
export async function* blobBytes(layout: string, digest: string): AsyncGenerator<Buffer> {
  const file = blobPath(layout, digest);
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file)) {
      hash.update(chunk);
      yield chunk;
    }
  } catch (cause) {
    throw new ImageError(`Could not read ${file}, a part of the image. Build the image again.`, { cause });
  }
  const actual = `sha256:${hash.digest('hex')}`;
  if (actual !== digest) {
    throw new ImageError(`${file} is damaged: its digest is ${actual}. Build the image again and import it.`);
  }
}

/** A blob that holds JSON, checked against its digest and its shape. */
export async function readBlob<Shape>(
  layout: string,
  digest: string,
  shape: z.ZodType<Shape>,
): Promise<Shape> {
  return parseJson(await buffer(blobBytes(layout, digest)), blobPath(layout, digest), shape);
}

/** Copies a blob; it gets its name only once it is whole. An undamaged one that exists already is left alone. */
export async function copyBlob(from: string, to: string, digest: string): Promise<void> {
  // Before the check: a found blob that no image needs yet must not be deleted as old.
  await freshen(blobPath(to, digest));
  if (await isIntact(to, digest)) return;
  const target = blobPath(to, digest);
  const partial = join(to, 'incoming', randomUUID());
  await Promise.all([target, partial].map((file) => mkdir(dirname(file), { recursive: true })));
  try {
    // Flushed before the rename: after a power cut the name must not stand for an empty file.
    await pipeline(blobBytes(from, digest), createWriteStream(partial, { flags: 'wx', flush: true }));
    await rename(partial, target);
  } catch (cause) {
    if (cause instanceof ImageError) throw cause;
    throw new Error(`Could not write ${target}. Check the free space and the permissions there.`, { cause });
  } finally {
    await rm(partial, { force: true });
  }
}

/** @throws ImageError when a blob is missing or damaged. */
export async function verifyBlob(layout: string, digest: string): Promise<void> {
  for await (const chunk of blobBytes(layout, digest)) void chunk;
}

/** Sets the time from which a blob counts as unused. */
async function freshen(file: string): Promise<void> {
  const now = new Date();
  await utimes(file, now, now).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

async function isIntact(layout: string, digest: string): Promise<boolean> {
  try {
    await verifyBlob(layout, digest);
    return true;
  } catch (error) {
    if (error instanceof ImageError) return false;
    throw error;
  }
}
