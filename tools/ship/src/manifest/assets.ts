import { realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { formatBytes } from '../terminal/format.js';
import { billFile, recordFile } from './output-folder.js';

/** The whole layer is in memory while it is packed. */
export const largestBytes = 512 * 1024 * 1024;

/** What the build itself writes, and packages. */
const neverAssets = [
  'dist/bundle/**',
  'dist/image/**',
  'dist/serve/**',
  `dist/${recordFile}`,
  `dist/${billFile}`,
  '**/node_modules/**',
];

/** Loaded late: a deploy of what is built looks for no files. */
const patterns = () => import('tinyglobby');

interface Size {
  path: string;
  pattern: string;
  bytes: number;
}

/** A file that the manifest names and that cannot be shipped. */
export class AssetError extends Error {
  override readonly name = 'AssetError';

  constructor(
    /** The pattern in `assets` of the manifest, or its `static`. */
    readonly pattern: string,
    readonly problem: string,
    readonly field: 'assets' | 'static' = 'assets',
  ) {
    super(`skill.json: ${field}: ${problem}`);
  }
}

/**
 * The files that the patterns of a manifest's `assets` name, sorted, as paths from the skill with `/`. A folder stands for all
 * files in it. Hidden files are only found by a pattern that names the dot.
 *
 * @param skillRoot absolute path of the skill
 * @throws AssetError where a pattern matches nothing, or something that cannot be shipped
 */
export async function findAssets(skillRoot: string, patterns: readonly string[]): Promise<string[]> {
  const sizes = new Map<string, Size>();
  for (const pattern of patterns) {
    for (const path of await matches(skillRoot, pattern)) {
      sizes.set(path, { path, pattern, bytes: await sizeOf(skillRoot, pattern, path) });
    }
  }
  checkSize([...sizes.values()]);
  return [...sizes.keys()].sort();
}

/**
 * The files of the folder that a manifest names as `static`, sorted, as paths from the skill with `/`; hidden ones, too, such as
 * `.well-known/security.txt`.
 *
 * @param skillRoot absolute path of the skill
 * @throws AssetError where it is no folder, has no files, or has one that cannot be shipped
 */
export async function findStatic(skillRoot: string, folder: string): Promise<string[]> {
  const refused = (problem: string): AssetError => new AssetError(folder, problem, 'static');
  const found = await stat(join(skillRoot, folder)).catch(() => undefined);
  if (!found?.isDirectory())
    throw refused(`"${folder}" is not a folder in ${skillRoot}. Correct it, or make the folder.`);
  try {
    const { escapePath, glob } = await patterns();
    const paths = await glob(`${escapePath(folder)}/**`, { cwd: skillRoot, dot: true, ignore: neverAssets });
    if (paths.length === 0) throw refused(`"${folder}" has no file. Add one, or remove "static".`);
    const sizes = paths.map(async (path) => ({
      path,
      pattern: folder,
      bytes: await sizeOf(skillRoot, folder, path),
    }));
    checkSize(await Promise.all(sizes));
    return paths.sort();
  } catch (error) {
    throw error instanceof AssetError ? refused(error.problem) : error;
  }
}

async function matches(skillRoot: string, pattern: string): Promise<string[]> {
  const { glob } = await patterns();
  const paths = await glob(pattern, { cwd: skillRoot, ignore: neverAssets });
  if (paths.length > 0) return paths.sort();
  throw new AssetError(pattern, `"${pattern}" matches no file in ${skillRoot}. Correct it, or remove it.`);
}

async function sizeOf(skillRoot: string, pattern: string, path: string): Promise<number> {
  const file = await realpath(join(skillRoot, path));
  const isInside = !relative(await realpath(skillRoot), file).startsWith(`..${sep}`);
  if (isInside) return (await stat(file)).size;
  throw new AssetError(
    pattern,
    `"${pattern}" matches ${path}, which links to ${file}, outside of the skill. Copy the file into the skill.`,
  );
}

function checkSize(sizes: readonly Size[]): void {
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  const [largest] = [...sizes].sort((a, b) => b.bytes - a.bytes);
  if (!largest || total <= largestBytes) return;
  throw new AssetError(
    largest.pattern,
    `"${largest.pattern}" is too large: ${largest.path} has ${formatBytes(largest.bytes)}, all assets have ${formatBytes(total)}, and at most ` +
      `${formatBytes(largestBytes)} can be shipped. Fetch large files when the skill starts.`,
  );
}
