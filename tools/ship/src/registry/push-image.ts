import { readFile } from 'node:fs/promises';
import type { AppImage } from './app-image.js';
import { attest, type Attestation } from './attestations.js';
import { type Descriptor, mediaTypes } from './oci.js';
import { RegistryError } from './registry-error.js';
import type { RemoteRepository } from './remote-repository.js';

export interface Pushed {
  /** Whether there was anything to push. */
  isNew: boolean;
  /** Why the registry does not store the statements about the image. */
  unattested?: RegistryError;
}

/** Base layers of a run: a layer that one repository of a registry already has is mounted into the next. */
export class BaseLayers {
  readonly #first = new Map<string, Promise<string>>();

  constructor(readonly base: RemoteRepository) {}

  /** Uploads a layer to a repository if it is missing there. @throws RegistryError */
  async bring(layer: Descriptor, target: RemoteRepository): Promise<void> {
    const { registry, name } = target.client.repository;
    const key = `${registry} ${layer.digest}`;
    const first = this.#first.get(key);
    if (first) return this.#put(layer, target, await first.catch(() => undefined));
    const { repository: base } = this.base.client;
    const put = this.#put(layer, target, base.registry === registry ? base.name : undefined);
    const done = put.then(() => name);
    this.#first.set(key, done);
    await done;
  }

  async #put({ digest, size }: Descriptor, target: RemoteRepository, mountFrom?: string): Promise<void> {
    if (await target.hasBlob(digest)) return;
    await target.upload({ digest, size, open: (signal) => this.base.openBlob(digest, signal) }, mountFrom);
  }
}

/**
 * Pushes the parts of an image that a repository lacks: the layers, the statements about it, then the manifest that names
 * the layers. Safe to repeat; an interruption never leaves a partial image.
 * @throws RegistryError
 */
export async function pushImage(
  image: AppImage,
  target: RemoteRepository,
  layers: BaseLayers | undefined,
  attestations: readonly Attestation[],
): Promise<Pushed> {
  // A registry has an image's manifest only if it has all of its parts.
  if (await target.hasManifest(image.digest)) return { isNew: false };
  const { digest, bytes } = image.config;
  const outcomes = await Promise.allSettled([
    ...(image.base?.layers ?? []).map(async (layer) => layers?.bring(layer, target)),
    ...image.appLayers.map(({ descriptor, file }) =>
      target.uploadMissing({ ...descriptor, open: () => readFile(file) }),
    ),
    target.uploadMissing({ digest, size: bytes.length, open: async () => bytes }),
  ]);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  const unattested = await attest(image, attestations, target).then(() => undefined, refusalIn);
  const manifest = { digest: image.digest, mediaType: mediaTypes.manifest, bytes: image.manifest };
  await target.pushManifest(manifest, tagOf(image));
  return { isNew: true, ...(unattested && { unattested }) };
}

/** A registry that stores images only is no reason not to deploy; the image itself would meet any other error, too. */
function refusalIn(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error;
  throw error;
}

/**
 * Deployments name an image by its digest. But an image without a tag is not shown in control panels, and is cleaned
 * up: https://docs.digitalocean.com/products/container-registry/details/limits/
 */
function tagOf({ digest }: AppImage): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}
