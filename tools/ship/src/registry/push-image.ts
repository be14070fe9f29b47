import { readFile } from 'node:fs/promises';
import type { AppImage } from './app-image.js';
import { type Descriptor, mediaTypes } from './oci.js';
import type { RemoteRepository } from './remote-repository.js';

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
 * Pushes the parts of an image that a repository lacks: the layers, then the manifest that names them. Safe to repeat;
 * an interruption never leaves a partial image.
 * @returns whether there was anything to push
 * @throws RegistryError
 */
export async function pushImage(
  image: AppImage,
  target: RemoteRepository,
  layers: BaseLayers,
): Promise<boolean> {
  // A registry has an image's manifest only if it has all of its parts.
  if (await target.hasManifest(image.digest)) return false;
  const { digest, bytes } = image.config;
  const outcomes = await Promise.allSettled([
    ...image.base.layers.map((layer) => layers.bring(layer, target)),
    ...image.appLayers.map(({ descriptor, file }) =>
      uploadMissing(target, { ...descriptor, open: () => readFile(file) }),
    ),
    uploadMissing(target, { digest, size: bytes.length, open: async () => bytes }),
  ]);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  const manifest = { digest: image.digest, mediaType: mediaTypes.manifest, bytes: image.manifest };
  await target.pushManifest(manifest, tagOf(image));
  return true;
}

async function uploadMissing(
  target: RemoteRepository,
  blob: Parameters<RemoteRepository['upload']>[0],
): Promise<void> {
  if (!(await target.hasBlob(blob.digest))) await target.upload(blob);
}

/**
 * Deployments name an image by its digest. But an image without a tag is not shown in control panels, and is cleaned
 * up: https://docs.digitalocean.com/products/container-registry/details/limits/
 */
function tagOf({ digest }: AppImage): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}
