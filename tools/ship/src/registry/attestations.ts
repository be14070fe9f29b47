import * as z from 'zod';
import type { AppImage } from './app-image.js';
import { type Descriptor, documentBytes, mediaTypes, parseDocument } from './oci.js';
import { digestOf, type RemoteRepository } from './remote-repository.js';

/** A statement about an image, stored beside it. */
export interface Attestation {
  /** Media type of the document. */
  type: string;
  document: Buffer;
}

/** Where an image comes from: https://github.com/in-toto/attestation/blob/main/spec/v1/envelope.md */
export const statementType = 'application/vnd.in-toto+json';

/** The empty config of a manifest that is no image: https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidance-for-an-empty-descriptor */
const empty = Buffer.from('{}');
const emptyType = 'application/vnd.oci.empty.v1+json';

/**
 * Stores statements as referrers of an image, where clients find them by its digest. The image need not be there yet: an image
 * that is pushed last has them from its first moment. Safe to repeat.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests-with-subject
 * @throws RegistryError
 */
export async function attest(
  image: AppImage,
  attestations: readonly Attestation[],
  target: RemoteRepository,
): Promise<void> {
  if (attestations.length === 0) return;
  const documents = [empty, ...attestations.map(({ document }) => document)];
  await Promise.all(
    documents.map((bytes) =>
      target.uploadMissing({ digest: digestOf(bytes), size: bytes.length, open: async () => bytes }),
    ),
  );
  const unlisted: ListedReferrer[] = [];
  for (const attestation of attestations) {
    const bytes = manifestOf(image, attestation);
    const manifest = { digest: digestOf(bytes), mediaType: mediaTypes.manifest, bytes };
    const { listsReferrers } = await target.pushManifest(manifest, manifest.digest);
    if (listsReferrers) continue;
    const { mediaType, digest } = manifest;
    unlisted.push({ mediaType, digest, size: bytes.length, artifactType: attestation.type });
  }
  if (unlisted.length > 0) await list(unlisted, image, target);
}

/**
 * The statements about an image that a repository has, of some types.
 * @throws RegistryError
 */
export async function readAttestations(
  digest: string,
  types: readonly string[],
  target: RemoteRepository,
): Promise<Attestation[]> {
  const listed = (await target.readReferrers(digest)) ?? (await readList(digest.replace(':', '-'), target));
  const read = listed.map(async ({ digest: of }) => {
    const bytes = await target.readDocument('manifests', of, [mediaTypes.manifest]);
    const { artifactType: type = '', layers } = parseDocument(bytes, statementSchema, `the statement ${of}`);
    const [layer] = layers;
    if (!layer || !types.includes(type)) return [];
    return [{ type, document: await target.readDocument('blobs', layer.digest, []) }];
  });
  return (await Promise.all(read)).flat();
}

const statementSchema = z.object({
  artifactType: z.string().optional(),
  layers: z.array(z.object({ digest: z.string() })),
});

type ListedReferrer = Descriptor & { artifactType: string };

/** Loose: what others have listed stays as it is. */
const listSchema = z.looseObject({ manifests: z.array(z.looseObject({ digest: z.string() })) });

type Listed = z.infer<typeof listSchema>['manifests'][number];

function manifestOf(image: AppImage, { type, document }: Attestation): Buffer {
  const { digest, manifest } = image;
  return documentBytes({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: type,
    config: describe(emptyType, empty),
    layers: [describe(type, document)],
    subject: { mediaType: mediaTypes.manifest, digest, size: manifest.length },
  });
}

/**
 * Registries that do not list referrers by themselves, such as distribution 2, have a list under a tag that their clients keep:
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema
 */
async function list(
  referrers: readonly ListedReferrer[],
  { digest }: AppImage,
  target: RemoteRepository,
): Promise<void> {
  const tag = digest.replace(':', '-');
  const kept = await readList(tag, target);
  const added = referrers.filter((one) => kept.every(({ digest: known }) => known !== one.digest));
  if (added.length === 0) return;
  const bytes = documentBytes({
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: [...kept, ...added],
  });
  await target.pushManifest({ digest: digestOf(bytes), mediaType: mediaTypes.index, bytes }, tag);
}

async function readList(tag: string, target: RemoteRepository): Promise<Listed[]> {
  const accept = [mediaTypes.index];
  const digest = await target.findTag(tag, accept);
  if (digest === undefined) return [];
  const bytes = await target.readDocument('manifests', digest, accept);
  return parseDocument(bytes, listSchema, `the list of referrers ${tag}`).manifests;
}

function describe(mediaType: string, bytes: Buffer): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}
