import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Extract, extract } from 'tar-stream';
import { isUnwritable, messageOf } from '../errors/system-error.js';
import { blobBytes, verifyBlob } from './blob.js';
import { ImageError } from './image-error.js';
import { type Descriptor, tarGzipType, tarType } from './oci.js';
import { applyWhiteout, type Entry, unpackEntry } from './unpack-entry.js';

/**
 * Unpacks layers of a store, lowest first, into an empty folder.
 * @throws ImageError when a layer is damaged, of an unknown format, or has an entry that would leave the folder.
 */
export async function unpackLayers(
  store: string,
  layers: readonly Descriptor[],
  root: string,
): Promise<void> {
  for (const [depth, layer] of layers.entries()) {
    // Whiteouts hide what lower layers hold, never what their own layer adds, wherever in it they stand.
    if (depth > 0) await eachEntry(store, layer, (entry) => applyWhiteout(root, entry));
    await eachEntry(store, layer, (entry) => unpackEntry(root, entry));
  }
}

type Visit = (entry: Entry) => Promise<void>;

async function eachEntry(store: string, layer: Descriptor, visit: Visit): Promise<void> {
  const entries = extract();
  // When either side fails it ends the other. The reader's error is the one that says why.
  const [read, fed] = await Promise.allSettled([readAll(entries, visit), feed(store, layer, entries)]);
  const failed = [read, fed].find((side) => side.status === 'rejected');
  if (!failed) return;
  const cause: unknown = failed.reason;
  if (cause instanceof ImageError) throw cause;
  // A damaged layer mostly fails as gzip or tar first; that it is damaged says more.
  await verifyBlob(store, layer.digest);
  // What the disk refuses says itself what helps; another image would not.
  const reason = isUnwritable(cause) ? messageOf(cause) : `${messageOf(cause)}. Build the image again.`;
  throw new ImageError(`Could not unpack layer ${layer.digest}: ${reason}`, { cause });
}

async function readAll(entries: Extract, visit: Visit): Promise<void> {
  for await (const entry of entries) {
    await visit(entry);
    entry.resume();
  }
}

async function feed(store: string, { mediaType, digest }: Descriptor, entries: Extract): Promise<void> {
  const bytes = blobBytes(store, digest);
  if (mediaType === tarGzipType) return pipeline(bytes, createGunzip(), entries);
  if (mediaType === tarType) return pipeline(bytes, entries);
  const error = new ImageError(`Layer ${digest} is a ${mediaType}. Build it as tar or tar+gzip.`);
  entries.destroy(error);
  throw error;
}
