import { pack } from 'tar-stream';
import type { BundledFile } from './bundle.js';

/** Where the files of a skill lie in its image. */
export const appDirectory = 'app';

/** No time, owner or mode of this machine: equal files make equal bytes. */
const fixed = { mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' };

/**
 * Packs files into the one layer of an image: an uncompressed tar, because the same file compressed by
 * another version of zlib has other bytes, and with them another digest.
 */
export async function packLayer(files: readonly BundledFile[]): Promise<Buffer> {
  const tar = pack();
  tar.entry({ ...fixed, name: `${appDirectory}/`, type: 'directory', mode: 0o755 });
  for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    tar.entry({ ...fixed, name: `${appDirectory}/${file.path}`, mode: 0o644 }, Buffer.from(file.contents));
  }
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}
