import { containerAnnotation } from '@odoobo/local-platform/containers';
import { runner } from '@odoobo/machine/package-manager';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type * as z from 'zod';
import { NoBuildError } from '../artefact/find-artefact.js';
import { runsBehindNx } from '../terminal/nx-stdout.js';
import type { BaseImage } from './base-image.js';
import {
  configSchema,
  type Descriptor,
  documentBytes,
  type ImageConfig,
  type Manifest,
  manifestSchema,
  mediaTypes,
  parseDocument,
} from './oci.js';
import { showRepository } from './reference.js';
import { ImageError, imageTroubles } from './registry-error.js';
import { digestOf } from './remote-repository.js';

/** The artefact of a skill on a base image. */
export interface AppImage {
  /** Digest of the manifest: the image's address. */
  digest: string;
  manifest: Buffer;
  config: { digest: string; bytes: Buffer };
  /** Undefined of an image from a Dockerfile, which has a base of its own. */
  base?: BaseImage;
  /** The layers of the artefact, byte for byte. */
  appLayers: { descriptor: Descriptor; file: string }[];
}

/** The output of `build`. */
interface Artefact {
  directory: string;
  manifest: Manifest;
  config: ImageConfig;
}

/**
 * Puts the artefact of a skill on a base image. The same artefact on the same base has the same digest, on every machine.
 * @param imageDirectory the OCI image layout of the skill's build
 * @param artefactDigest of the artefact that its build stored there
 * @throws NoBuildError where that cannot be read; ImageError where the base has layers of an unsupported kind
 */
export async function composeImage(
  imageDirectory: string,
  artefactDigest: string,
  base: BaseImage,
): Promise<AppImage> {
  const artefact = await readArtefact(imageDirectory, artefactDigest);
  const config = documentBytes(composeConfig(base.config, artefact.config));
  const manifest = documentBytes({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: digestOf(config), size: config.length },
    layers: [...base.layers.map(asOci), ...artefact.manifest.layers],
    annotations: {
      ...artefact.manifest.annotations,
      'org.opencontainers.image.base.name': showRepository(base.reference),
      'org.opencontainers.image.base.digest': base.digest,
    },
  });
  const appLayers = artefact.manifest.layers.map((descriptor) => ({
    descriptor,
    file: blobPath(artefact.directory, descriptor.digest),
  }));
  return {
    digest: digestOf(manifest),
    manifest,
    config: { digest: digestOf(config), bytes: config },
    base,
    appLayers,
  };
}

/**
 * The artefact of a skill as it is, where that was built from a Dockerfile; undefined where it needs a base image.
 * @throws NoBuildError where it cannot be read
 */
export async function wholeImage(
  imageDirectory: string,
  artefactDigest: string,
): Promise<AppImage | undefined> {
  const { directory, manifest } = await readArtefact(imageDirectory, artefactDigest);
  if (manifest.annotations?.[containerAnnotation] === undefined) return undefined;
  const { digest } = manifest.config;
  return {
    digest: artefactDigest,
    manifest: await readFile(blobPath(directory, artefactDigest)),
    config: { digest, bytes: await readFile(blobPath(directory, digest)) },
    appLayers: manifest.layers.map((descriptor) => ({
      descriptor,
      file: blobPath(directory, descriptor.digest),
    })),
  };
}

/** Keeps the settings of the base, except what is started: as in a Dockerfile, a new entry point removes the base's command. */
function composeConfig(base: ImageConfig, app: ImageConfig): ImageConfig {
  const { Cmd: _command, ...kept } = base.config ?? {};
  const ours = app.rootfs.diff_ids.map(() => ({ created_by: 'nx build' }));
  return {
    ...base,
    config: { ...kept, ...app.config },
    rootfs: { type: 'layers', diff_ids: [...base.rootfs.diff_ids, ...app.rootfs.diff_ids] },
    ...(base.history && { history: [...base.history, ...ours] }),
  };
}

/** docker's media type of a layer means the same bytes; a manifest uses types of one kind. */
function asOci(layer: Descriptor): Descriptor {
  const { mediaType, digest, size } = layer;
  if (mediaType.startsWith('application/vnd.oci.image.layer.v1.tar')) return { mediaType, digest, size };
  const oci = dockerLayers[mediaType];
  if (oci !== undefined) return { mediaType: oci, digest, size };
  const message = `The base image has a layer ${mediaType}, which registries do not accept. Choose another baseImage.`;
  throw new ImageError(imageTroubles.baseImage, message);
}

const dockerLayers: Record<string, string | undefined> = {
  'application/vnd.docker.image.rootfs.diff.tar': 'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.docker.image.rootfs.diff.tar.gzip': 'application/vnd.oci.image.layer.v1.tar+gzip',
};

/** @throws NoBuildError where the output of the build is damaged */
async function readArtefact(directory: string, digest: string): Promise<Artefact> {
  const read = async <T>(blob: string, schema: z.ZodType<T>) =>
    parseDocument(await readFile(blobPath(directory, blob)), schema, `the image in ${directory}`);
  try {
    const manifest = await read(digest, manifestSchema);
    return { directory, manifest, config: await read(manifest.config.digest, configSchema) };
  } catch (cause) {
    throw new NoBuildError(
      `the build in ${directory} is damaged. ${runsBehindNx() ? `Build it again: ${runner} nx reset, then deploy` : 'Delete that folder, then build and deploy again.'}`,
      { cause },
    );
  }
}

function blobPath(directory: string, digest: string): string {
  return join(directory, 'blobs', ...digest.split(':'));
}
