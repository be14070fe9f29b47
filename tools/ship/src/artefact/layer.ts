import { pack } from 'tar-stream';
import type { BundledFile } from './bundle.js';

/** The folder of a skill's files in its image. */
export const appDirectory = 'app';

/** No time, owner or mode of this machine: equal files give equal bytes. */
const fixed = { mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' };

/**
 * Packs files into the one layer of an image: an uncompressed tar, because another version of zlib compresses the same
 * file to other bytes, and so to another digest.
 */
export async function packLayer(files: readonly BundledFile[]): Promise<Buffer> {
  const tar = pack();
  tar.entry({ ...fixed, name: `${appDirectory}/`, type: 'directory', mode: 0o755 });
  for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    tar.entry(
      { ...fixed, name: `${appDirectory}/${file.path}`, mode: file.executable ? 0o755 : 0o644 },
      asBuffer(file.contents),
    );
  }
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

/** Without a copy. */
function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
