import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { appDirectory } from './layer.js';
import { replaceFolder } from './replace-folder.js';

/** Media types of the OCI image specification 1.1. */
const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

export interface ImageDescription {
  name: string;
  version: string;
  /** Command line, run in the folder of the app. */
  entrypoint: readonly string[];
}

interface Blob {
  digest: string;
  bytes: Buffer;
}

/**
 * Writes an image of one layer as an OCI image layout, replacing an earlier layout as a whole.
 *
 * @returns the digest of the image's manifest, `sha256:...`
 */
export async function writeImageLayout(
  directory: string,
  layer: Buffer,
  image: ImageDescription,
): Promise<string> {
  const layerBlob = blobOf(layer);
  const config = jsonBlob(imageConfig(layerBlob.digest, image));
  const manifest = jsonBlob({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: descriptor(mediaTypes.config, config),
    layers: [descriptor(mediaTypes.layer, layerBlob)],
    annotations: {
      'org.opencontainers.image.title': image.name,
      'org.opencontainers.image.version': image.version,
    },
  });
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [descriptor(mediaTypes.manifest, manifest)],
  };
  await replaceFolder(directory, async (folder) => {
    await mkdir(join(folder, 'blobs/sha256'), { recursive: true });
    // One after another: the folder is deleted where one cannot be written.
    for (const { digest, bytes } of [layerBlob, config, manifest])
      await writeFile(blobPath(folder, digest), bytes);
    await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    await writeFile(join(folder, 'index.json'), JSON.stringify(index));
  });
  return manifest.digest;
}

function imageConfig(layerDigest: string, image: ImageDescription): object {
  return {
    // App Platform runs linux/amd64; the bundle itself is the same everywhere.
    architecture: 'amd64',
    os: 'linux',
    config: { Entrypoint: image.entrypoint, WorkingDir: `/${appDirectory}` },
    rootfs: { type: 'layers', diff_ids: [layerDigest] },
  };
}

function jsonBlob(value: object): Blob {
  return blobOf(Buffer.from(JSON.stringify(value)));
}

function blobOf(bytes: Buffer): Blob {
  return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, bytes };
}

function descriptor(mediaType: string, blob: Blob): object {
  return { mediaType, digest: blob.digest, size: blob.bytes.length };
}

function blobPath(directory: string, digest: string): string {
  return join(directory, 'blobs', ...digest.split(':'));
}
