import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import * as z from 'zod';
import { blobPath, readBlob } from '../images/blob.js';
import { containerAnnotation, manifestSchema, manifestType, tarType } from '../images/oci.js';

/*
 * The archives of `docker save`, which podman and buildah read and write, too: `manifest.json` names the files of config and
 * layers. https://github.com/moby/docker-image-spec/blob/main/v1.2.md
 */
const archiveSchema = z.tuple([z.object({ Config: z.string(), Layers: z.array(z.string()) })]);

interface Blob {
  digest: string;
  size: number;
}

/**
 * Makes an OCI image layout of an archive, in a folder that does not exist yet. Layers stay uncompressed, so equal files have
 * equal digests on every machine.
 * @returns the digest of the image, marked as one that runs in a container
 */
export async function layoutOfArchive(
  archive: string,
  layout: string,
  annotations: Record<string, string>,
): Promise<string> {
  await mkdir(join(layout, 'blobs/sha256'), { recursive: true });
  const { blobs, links } = await unpackBlobs(archive, layout);
  const blobOf = (name: string): Blob => {
    const target = links.get(name);
    const blob = blobs.get(target === undefined ? name : posix.join(posix.dirname(name), target));
    if (!blob) throw new Error(`${archive} names ${name}, and does not have it.`);
    return blob;
  };
  const list = await readFile(blobPath(layout, blobOf('manifest.json').digest), 'utf8');
  const [{ Config: config, Layers: layers }] = archiveSchema.parse(JSON.parse(list));
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...blobOf(config) },
    layers: layers.map((layer) => ({ mediaType: tarType, ...blobOf(layer) })),
    annotations: { ...annotations, [containerAnnotation]: 'true' },
  });
  const needed = new Set([config, ...layers].map((name) => blobOf(name).digest));
  for (const { digest } of blobs.values())
    if (!needed.has(digest)) await rm(blobPath(layout, digest), { force: true });
  const digest = `sha256:${createHash('sha256').update(manifest).digest('hex')}`;
  const index = { schemaVersion: 2, manifests: [{ mediaType: manifestType, digest, size: manifest.length }] };
  await writeFile(blobPath(layout, digest), manifest);
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(join(layout, 'index.json'), JSON.stringify(index));
  return digest;
}

/** The files of an archive, by name, as blobs of a layout; docker links to a layer that it has already. */
async function unpackBlobs(archive: string, layout: string) {
  const blobs = new Map<string, Blob>();
  const links = new Map<string, string>();
  const entries = extract();
  const read = async (): Promise<void> => {
    for await (const entry of entries) {
      const { name, type, linkname } = entry.header;
      if (type === 'symlink' && linkname) links.set(name, linkname);
      if (type === 'file') {
        const hash = createHash('sha256');
        entry.on('data', (chunk) => hash.update(chunk as Buffer));
        const partial = join(layout, randomUUID());
        await pipeline(entry, createWriteStream(partial));
        const digest = `sha256:${hash.digest('hex')}`;
        blobs.set(name, { digest, size: (await stat(partial)).size });
        await rename(partial, blobPath(layout, digest));
      } else entry.resume();
    }
  };
  await Promise.all([pipeline(createReadStream(archive), entries), read()]);
  return { blobs, links };
}

/** Writes an image of a layout or store as an archive. @returns its id: the digest of its config, without `sha256:` */
export async function writeArchive(store: string, image: string, archive: string): Promise<string> {
  const { config, layers } = await readBlob(store, image, manifestSchema);
  const nameOf = (digest: string, kind: string) => `${digest.replace('sha256:', '')}.${kind}`;
  const files = [
    { name: nameOf(config.digest, 'json'), digest: config.digest },
    // One that is there twice is needed once.
    ...[...new Set(layers.map(({ digest }) => digest))].map((digest) => ({
      name: nameOf(digest, 'tar'),
      digest,
    })),
  ];
  const list = [
    {
      Config: nameOf(config.digest, 'json'),
      RepoTags: null,
      Layers: layers.map(({ digest }) => nameOf(digest, 'tar')),
    },
  ];
  const tar = pack();
  const fill = async (): Promise<void> => {
    for (const { name, digest } of files) {
      const file = blobPath(store, digest);
      await pipeline(createReadStream(file), tar.entry({ name, size: (await stat(file)).size }));
    }
    tar.entry({ name: 'manifest.json' }, JSON.stringify(list));
    tar.finalize();
  };
  await Promise.all([pipeline(tar, createWriteStream(archive, { mode: 0o600 })), fill()]);
  return config.digest.replace('sha256:', '');
}
