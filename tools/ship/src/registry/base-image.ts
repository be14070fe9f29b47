import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type * as z from 'zod';
import { replaceFile } from '../records/replace-file.js';
import {
  configSchema,
  type Descriptor,
  type ImageConfig,
  indexSchema,
  manifestSchema,
  mediaTypes,
  parseDocument,
} from './oci.js';
import { type ImageReference, showRepository } from './reference.js';
import { ImageError, imageTroubles } from './registry-error.js';
import { digestOf, type RemoteRepository } from './remote-repository.js';

/** App Platform runs: https://docs.digitalocean.com/products/app-platform/how-to/deploy-from-container-images/ */
const platform = { os: 'linux', architecture: 'amd64' } as const;

const { index, dockerIndex, manifest, dockerManifest, config: configType } = mediaTypes;
const anyManifest = [index, dockerIndex, manifest, dockerManifest];

export interface BaseImage {
  reference: ImageReference;
  /** Digest of the manifest for linux/amd64. */
  digest: string;
  layers: Descriptor[];
  config: ImageConfig;
}

/**
 * Reads the manifest and config of a base image, without its layers. A digest always names the same bytes, so what was
 * read once is kept in a folder.
 * @throws RegistryError; ImageError where it is not pinned by a digest, or not for linux/amd64
 */
export async function readBaseImage(
  reference: ImageReference,
  repository: RemoteRepository,
  cache: string,
): Promise<BaseImage> {
  const name = showRepository(reference);
  const read = (kind: 'manifests' | 'blobs', digest: string, accept: readonly string[]) =>
    cached(cache, digest, () => repository.readDocument(kind, digest, accept));
  let digest = reference.digest ?? (await refuseUnpinned(reference, repository));
  let bytes = await read('manifests', digest, anyManifest);
  const list = readDocument(bytes, indexSchema.partial(), `the manifest of ${name}`);
  if (list.manifests) {
    digest = onlyAmd64(list.manifests, name);
    bytes = await read('manifests', digest, [manifest, dockerManifest]);
  }
  const { layers, config: blob } = readDocument(bytes, manifestSchema, `the manifest of ${name}`);
  const configBytes = await read('blobs', blob.digest, [configType]);
  const config = readDocument(configBytes, configSchema, `the config of ${name}`);
  if (!isPlatform(config)) throw wrongPlatform(name, `${config.os}/${config.architecture}`);
  return { reference, digest, layers, config };
}

/** A tag can move: the same commit would give another image later. */
async function refuseUnpinned(reference: ImageReference, repository: RemoteRepository): Promise<never> {
  const { tag = 'latest' } = reference;
  const name = `${showRepository(reference)}:${tag}`;
  const now = await repository.resolveTag(tag, anyManifest);
  throw new ImageError(
    imageTroubles.baseImage,
    `baseImage ${name} is not pinned, and its tag may move. Pin it by its digest: ${name}@${now ?? 'sha256:...'}`,
  );
}

type Listed = Descriptor & { platform?: { os: string; architecture: string } | undefined };

function onlyAmd64(manifests: readonly Listed[], name: string): string {
  const found = manifests.find((one) => one.platform && isPlatform(one.platform));
  if (found) return found.digest;
  const there = manifests.flatMap((one) =>
    one.platform ? [`${one.platform.os}/${one.platform.architecture}`] : [],
  );
  throw wrongPlatform(name, there.join(', '));
}

function isPlatform({ os, architecture }: { os: string; architecture: string }): boolean {
  return os === platform.os && architecture === platform.architecture;
}

function wrongPlatform(name: string, got: string): ImageError {
  return new ImageError(
    imageTroubles.baseImage,
    `${name} is for ${got || 'no platform'}. App Platform runs linux/amd64: choose another baseImage.`,
  );
}

/** @throws ImageError where it is not a document of an image */
function readDocument<T>(bytes: Buffer, schema: z.ZodType<T>, what: string): T {
  try {
    return parseDocument(bytes, schema, what);
  } catch (cause) {
    const advice = 'Choose another baseImage.';
    throw new ImageError(imageTroubles.baseImage, `${(cause as Error).message}. ${advice}`, { cause });
  }
}

/** A damaged cached file is read again from the registry. */
async function cached(folder: string, digest: string, read: () => Promise<Buffer>): Promise<Buffer> {
  const file = join(folder, digest.replace(':', '-'));
  const kept = await readFile(file).catch(() => undefined);
  if (kept && digestOf(kept) === digest) return kept;
  const bytes = await read();
  mkdirSync(folder, { recursive: true });
  replaceFile(file, bytes.toString('utf8'));
  return bytes;
}
