import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { glob } from 'tinyglobby';
import { formatBytes } from '../terminal/format.js';
import type { BundledFile } from './bundle.js';

/** The whole layer is in memory while it is packed. */
const largestBytes = 512 * 1024 * 1024;

/**
 * All files of the folder that a manifest ships as it is, by their paths in it.
 * @param skillRoot absolute path of the skill
 * @throws where the folder is missing or empty, too large, or has a link to something else
 */
export async function folderFiles(skillRoot: string, ship: string): Promise<BundledFile[]> {
  const folder = join(skillRoot, ship);
  const paths = (await glob('**/*', { cwd: folder, dot: true, followSymbolicLinks: false })).sort();
  if (paths.length === 0)
    throw new Error(`${folder} has no files to ship. Build it first, or correct "ship" in the manifest.`);
  let bytes = 0;
  const files: BundledFile[] = [];
  for (const path of paths) {
    const stats = await lstat(join(folder, path));
    if (!stats.isFile())
      throw new Error(
        `${join(folder, path)} is not a regular file, so it cannot be shipped. Replace it by the file itself.`,
      );
    bytes += stats.size;
    if (bytes > largestBytes)
      throw new Error(`${folder} is too large: at most ${formatBytes(largestBytes)} can be shipped.`);
    files.push({ path, contents: await readFile(join(folder, path)) });
  }
  return files;
}
