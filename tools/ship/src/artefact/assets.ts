import { git } from '@odoobo/machine/git';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findAssets, findStatic } from '../manifest/assets.js';
import type { BundledFile } from './bundle.js';

/** @returns the contents of the assets @throws AssetError as `findAssets` does */
export async function readAssets(skillRoot: string, patterns: readonly string[]): Promise<BundledFile[]> {
  return readAll(skillRoot, await findAssets(skillRoot, patterns));
}

/** @returns the contents of the files that its static site serves; none without one @throws AssetError as `findStatic` does */
export async function readStatic(skillRoot: string, folder: string | undefined): Promise<BundledFile[]> {
  return folder === undefined ? [] : readAll(skillRoot, await findStatic(skillRoot, folder));
}

function readAll(skillRoot: string, paths: readonly string[]): Promise<BundledFile[]> {
  return Promise.all(paths.map(async (path) => ({ path, contents: await readFile(join(skillRoot, path)) })));
}

/**
 * Those of some files that git ignores: Nx does not notice when they change, so it takes an earlier build from its cache.
 * None outside of a repository.
 *
 * @param paths from `skillRoot`
 */
export async function ignoredByGit(skillRoot: string, paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) return [];
  // It ends with 1 if it ignores none, and with 128 outside of a repository.
  const { stdout } = await git(['check-ignore', '-z', '--stdin'], {
    cwd: skillRoot,
    input: paths.join('\0'),
  });
  return stdout.split('\0').filter((path) => path !== '');
}
