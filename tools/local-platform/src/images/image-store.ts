import { randomUUID } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type * as z from 'zod';
import { layoutOf } from '../state/layout.js';
import { blobPath, copyBlob, readBlob } from './blob.js';
import { ImageError } from './image-error.js';
import {
  configSchema,
  containerAnnotation,
  type Descriptor,
  type ImageConfig,
  indexSchema,
  isDigest,
  layoutSchema,
  manifestSchema,
  manifestType,
  parseJson,
  toImageConfig,
  versionAnnotation,
} from './oci.js';

/** How long an image is kept that no deployment names. */
const keptForMs = 60 * 60_000;

export { ImageError } from './image-error.js';
export { workingDirectoryOf, type ImageConfig } from './oci.js';

/**
 * Images of this machine, in the shape of an OCI image layout without an index: a blob is found by its digest.
 * Any number of processes may use one store: a blob appears under its name only when it is whole, and an
 * image's manifest only after everything that it names.
 */
export class ImageStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Copies an OCI image layout in and returns its manifest's digest. Every blob is checked against its digest,
   * those already here as well: a damaged one is replaced.
   * @throws ImageError when the layout is incomplete, damaged, or does not hold exactly one image.
   */
  async import(layoutDirectory: string): Promise<string> {
    const digest = await onlyImage(layoutDirectory);
    const { layers, config } = await readBlob(layoutDirectory, digest, manifestSchema);
    for (const blob of [...layers, config, { digest }]) {
      await copyBlob(layoutDirectory, this.#directory, blob.digest);
    }
    return digest;
  }

  /** Whether the image is here. The manifest comes last, so its presence says that all of the image is. */
  async has(digest: string): Promise<boolean> {
    return isDigest(digest) && (await exists(blobPath(this.#directory, digest)));
  }

  /**
   * Deletes the images that are not needed, but none that was imported within the last hour: whoever imports one names it
   * to the API only afterwards. An import at this very moment is safe, because it first freshens every blob that it finds.
   */
  async prune(needed: ReadonlySet<string>): Promise<void> {
    const before = Date.now() - keptForMs;
    const blobs = await listBlobs(this.#directory);
    const roots = blobs.filter(({ digest, changedMs }) => needed.has(digest) || changedMs >= before);
    const reachable = new Set(roots.map(({ digest }) => digest));
    for (const digest of [...reachable]) {
      for (const part of await this.#partsOf(digest)) reachable.add(part);
    }
    for (const { digest } of blobs) {
      if (!reachable.has(digest)) await deleteBlob(this.#directory, digest, before);
    }
  }

  /** How an image wants to be run. @throws ImageError when it is missing or damaged. */
  async config(digest: string): Promise<ImageConfig> {
    return (await this.#read(digest)).image;
  }

  /** Whether an image needs a container: it was built from a Dockerfile. */
  async isContainer(digest: string): Promise<boolean> {
    const { annotations } = await readBlob(this.#directory, digest, manifestSchema);
    return annotations?.[containerAnnotation] !== undefined;
  }

  /** The version that an image names; undefined where it names none, or is not here. */
  async version(digest: string): Promise<string | undefined> {
    if (!(await this.has(digest))) return undefined;
    const { annotations } = await readBlob(this.#directory, digest, manifestSchema);
    return annotations?.[versionAnnotation];
  }

  /**
   * Unpacks an image into a folder that is empty or not there yet. It is filled in one step at the end, so it
   * never holds half an image. One caller a folder.
   * @throws ImageError when the image is missing or damaged, or an entry of it would leave the folder.
   */
  async unpack(digest: string, into: string): Promise<ImageConfig> {
    const { layers, image } = await this.#read(digest);
    await refuseFilled(into);
    // One name per folder, so what a killed process left of it is deleted here.
    const partial = join(dirname(into), `.unpacking-${basename(into)}`);
    try {
      await rm(partial, { recursive: true, force: true });
      await mkdir(partial, { recursive: true });
      const { unpackLayers } = await import('./unpack-layers.js');
      await unpackLayers(this.#directory, layers, partial);
      await rename(partial, into);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
    return image;
  }

  async #read(digest: string): Promise<{ layers: readonly Descriptor[]; image: ImageConfig }> {
    if (!(await this.has(digest))) {
      throw new ImageError(
        `Image ${digest} is not in the store ${this.#directory}. Build it and import it again.`,
      );
    }
    const { layers, config } = await readBlob(this.#directory, digest, manifestSchema);
    return { layers, image: toImageConfig(await readBlob(this.#directory, config.digest, configSchema)) };
  }

  /** What an image consists of beside its manifest; nothing when the blob is not a manifest. */
  async #partsOf(digest: string): Promise<string[]> {
    if (!(await mayBeManifest(this.#directory, digest))) return [];
    const manifest = await readBlob(this.#directory, digest, manifestSchema).catch(() => undefined);
    return manifest ? [manifest.config, ...manifest.layers].map((part) => part.digest) : [];
  }
}

async function onlyImage(layout: string): Promise<string> {
  await readLayoutFile(layout, 'oci-layout', layoutSchema);
  const { manifests } = await readLayoutFile(layout, 'index.json', indexSchema);
  const [image, ...more] = manifests;
  if (!image || more.length > 0) {
    throw new ImageError(
      `${layout} holds ${manifests.length} images; expected one. Build one image per layout.`,
    );
  }
  if (image.mediaType !== manifestType) {
    throw new ImageError(
      `${layout} holds a ${image.mediaType}; expected ${manifestType}. Build a single image.`,
    );
  }
  return image.digest;
}

async function readLayoutFile<Shape>(layout: string, name: string, schema: z.ZodType<Shape>): Promise<Shape> {
  const file = join(layout, name);
  const data = await readFile(file).catch((cause: unknown) => {
    throw new ImageError(
      `Could not read ${file}: ${layout} is not an OCI image layout. Build the image first.`,
      {
        cause,
      },
    );
  });
  return parseJson(data, file, schema);
}

async function refuseFilled(folder: string): Promise<void> {
  const names = (await exists(folder)) ? await readdir(folder) : [];
  if (names.length > 0) throw new ImageError(`${folder} is not empty. Unpack the image into a new folder.`);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * The images of the platform in a folder. Import an image's OCI layout here before asking the API to deploy its digest;
 * the server need not run.
 */
export function imageStoreOf(directory: string): ImageStore {
  return new ImageStore(layoutOf(directory).images);
}

/** A manifest is a page of JSON; whatever is larger is a layer. */
const largestManifestBytes = 4 * 1024 * 1024;

/** Every blob of a store, and when it was imported last. */
async function listBlobs(store: string): Promise<{ digest: string; changedMs: number }[]> {
  const names = await readdir(join(store, 'blobs', 'sha256')).catch(() => []);
  const digests = names.map((name) => `sha256:${name}`).filter(isDigest);
  const blobs = await Promise.all(
    digests.map(async (digest) => ({ digest, changedMs: await changedMs(blobPath(store, digest)) })),
  );
  return blobs.flatMap(({ digest, changedMs: ms }) => (ms === undefined ? [] : [{ digest, changedMs: ms }]));
}

/** Avoids reading large files. */
async function mayBeManifest(store: string, digest: string): Promise<boolean> {
  const found = await stat(blobPath(store, digest)).catch(() => undefined);
  return found !== undefined && found.size <= largestManifestBytes;
}

/**
 * Deletes a blob unless an import has freshened it since `before` (milliseconds since 1970). It is moved aside for the check:
 * an import that does not find it copies it again, and one that found it just before gets it back.
 */
async function deleteBlob(store: string, digest: string, before: number): Promise<void> {
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
