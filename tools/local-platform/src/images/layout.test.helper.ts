import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { onTestFinished } from 'vitest';

/** One entry of a layer: a tar header, and what is in the file. */
export type TarEntry = Pick<Header, 'name'> & Partial<Header> & { content?: string };

/** A folder that is deleted with the test. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'images-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function tar(entries: readonly TarEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const { content, ...header } of entries) archive.entry(header, content ?? '');
  archive.finalize();
  return buffer(archive);
}

export interface LayoutOptions {
  layers: readonly (readonly TarEntry[])[];
  config?: object;
  /** Written in place of the manifest's own entries. */
  manifest?: object;
}

/** Writes an OCI image layout of gzipped layers. Returns its folder and the digests in it. */
export async function writeLayout({ layers, config = {}, manifest = {} }: LayoutOptions): Promise<{
  folder: string;
  digest: string;
  layers: string[];
}> {
  const folder = await makeFolder();
  await mkdir(join(folder, 'blobs', 'sha256'), { recursive: true });
  const layerBlobs = [];
  for (const entries of layers) {
    layerBlobs.push(
      await writeBlob(folder, 'application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(await tar(entries))),
    );
  }
  const configBlob = await writeBlob(folder, 'application/vnd.oci.image.config.v1+json', toJson({ config }));
  const image = { schemaVersion: 2, config: configBlob, layers: layerBlobs, ...manifest };
  const top = await writeBlob(folder, 'application/vnd.oci.image.manifest.v1+json', toJson(image));
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(folder, 'index.json'), toJson({ schemaVersion: 2, manifests: [top] }));
  return { folder, digest: top.digest, layers: layerBlobs.map(({ digest }) => digest) };
}

export async function writeBlob(
  folder: string,
  mediaType: string,
  data: Buffer,
): Promise<{ mediaType: string; digest: string; size: number }> {
  const hex = createHash('sha256').update(data).digest('hex');
  await writeFile(join(folder, 'blobs', 'sha256', hex), data);
  return { mediaType, digest: `sha256:${hex}`, size: data.length };
}

function toJson(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
