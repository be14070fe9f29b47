import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
};

/** Writes an OCI image layout whose `/app/main.mjs` is `source`, run by `command` (node, by default). */
export async function writeImage(
  source: string,
  command = ['node', 'main.mjs'],
  annotations: Record<string, string> = {},
): Promise<string> {
  const layout = await mkdtemp(join(tmpdir(), 'local-platform-image-'));
  await mkdir(join(layout, 'blobs/sha256'), { recursive: true });
  const tar = await tarOf('app/main.mjs', source);
  const layer = await writeBlob(layout, types.layer, gzipSync(tar));
  const config = await writeBlob(
    layout,
    types.config,
    json({
      architecture: 'amd64',
      os: 'linux',
      config: { Entrypoint: command, WorkingDir: '/app', Env: ['FROM_IMAGE=yes', 'OVERRIDDEN=image'] },
      rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
    }),
  );
  const manifest = { schemaVersion: 2, mediaType: types.manifest, config, layers: [layer], annotations };
  const named = await writeBlob(layout, types.manifest, json(manifest));
  await writeFile(join(layout, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }));
  await writeFile(join(layout, 'index.json'), json({ schemaVersion: 2, manifests: [named] }));
  return layout;
}

async function tarOf(name: string, text: string): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name }, text);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function writeBlob(layout: string, mediaType: string, data: Buffer) {
  const digest = digestOf(data);
  await writeFile(join(layout, 'blobs', digest.replace(':', '/')), data);
  return { mediaType, digest, size: data.length };
}

function digestOf(data: Buffer): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`;
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
