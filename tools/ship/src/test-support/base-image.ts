import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** A base image in a registry, for two platforms, like those of Docker Hub. */
export interface PushedBase {
  /** Pinned: `127.0.0.1:5000/library/tiny@sha256:...` */
  reference: string;
  /** The digests of the index, the manifest for linux/amd64, and its one layer. */
  digests: { index: string; manifest: string; layer: string };
}

const types = {
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};

/** Pushes a tiny base image with plain calls, under the tag `1`. @param architectures to push it for */
export async function pushBase(
  host: string,
  { authorization = '', architectures = ['arm64', 'amd64'] } = {},
): Promise<PushedBase> {
  const base = `http://${host}/v2/library/tiny`;
  const put = async (url: string | URL, body: Buffer, type: string) => {
    const headers = { 'content-type': type, authorization };
    const reply = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(body) });
    if (reply.status !== 201) throw new Error(`${reply.status} ${await reply.text()}`);
  };
  const pushBlob = async (bytes: Buffer) => {
    const start = await fetch(`${base}/blobs/uploads/`, { method: 'POST', headers: { authorization } });
    const session = new URL(start.headers.get('location') ?? '', base);
    session.searchParams.set('digest', digestOf(bytes));
    await put(session, bytes, 'application/octet-stream');
  };
  const images = await Promise.all(architectures.map(imageFor));
  for (const { layer, config, manifest } of images) {
    await pushBlob(layer);
    await pushBlob(config);
    await put(`${base}/manifests/${digestOf(manifest)}`, manifest, types.manifest);
  }
  const manifests = images.map(({ manifest, architecture }) => ({
    ...descriptor(types.manifest, manifest),
    platform: { os: 'linux', architecture },
  }));
  const index = json({ schemaVersion: 2, mediaType: types.index, manifests });
  await put(`${base}/manifests/1`, index, types.index);
  const last = images.at(-1);
  if (!last) throw new Error('There is no base image without an architecture.');
  const digests = { index: digestOf(index), manifest: digestOf(last.manifest), layer: digestOf(last.layer) };
  return { reference: `${host}/library/tiny@${digests.index}`, digests };
}

async function imageFor(architecture: string) {
  const tar = pack();
  tar.entry({ name: 'etc/base-release', mtime: new Date(0) }, `tiny for ${architecture}\n`);
  tar.finalize();
  const bytes = Buffer.from(await text(tar));
  const layer = gzipSync(bytes);
  const config = json({
    architecture,
    os: 'linux',
    config: { Env: ['FROM_BASE=yes'], Entrypoint: ['docker-entrypoint.sh'], Cmd: ['node'], User: 'node' },
    rootfs: { type: 'layers', diff_ids: [digestOf(bytes)] },
    history: [{ created_by: 'test' }],
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: descriptor(types.config, config),
    layers: [descriptor(types.layer, layer)],
  });
  return { architecture, layer, config, manifest };
}

function descriptor(mediaType: string, bytes: Buffer): object {
  return { mediaType, size: bytes.length, digest: digestOf(bytes) };
}

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
