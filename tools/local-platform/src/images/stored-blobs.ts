import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { blobPath } from './blob.js';
import { isDigest } from './oci.js';

/** A manifest is a page of JSON; whatever is larger is a layer. */
const largestManifestBytes = 4 * 1024 * 1024;

/** Every blob of a store, and when it was imported last. */
export async function listBlobs(store: string): Promise<{ digest: string; changedMs: number }[]> {
  const names = await readdir(join(store, 'blobs', 'sha256')).catch(() => []);
  const digests = names.map((name) => `sha256:${name}`).filter(isDigest);
  const blobs = await Promise.all(
    digests.map(async (digest) => ({ digest, changedMs: await changedMs(blobPath(store, digest)) })),
  );
  return blobs.flatMap(({ digest, changedMs: ms }) => (ms === undefined ? [] : [{ digest, changedMs: ms }]));
}

/** Avoids reading large files. */
export async function mayBeManifest(store: string, digest: string): Promise<boolean> {
  const found = await stat(blobPath(store, digest)).catch(() => undefined);
  return found !== undefined && found.size <= largestManifestBytes;
}

/**
 * Deletes a blob unless an import has freshened it since `before` (milliseconds since 1970). It is moved aside for the check:
 * an import that does not find it copies it again, and one that found it just before gets it back.
 */
export async function deleteBlob(store: string, digest: string, before: number): Promise<void> {
  const file = blobPath(store, digest);
  const aside = join(store, 'incoming', randomUUID());
  await mkdir(join(store, 'incoming'), { recursive: true });
  await rename(file, aside);
  const changed = await changedMs(aside);
  if (changed !== undefined && changed >= before) await rename(aside, file);
  else await rm(aside, { force: true });
}

async function changedMs(file: string): Promise<number | undefined> {
  const found = await stat(file).catch(() => undefined);
  return found?.mtimeMs;
}
