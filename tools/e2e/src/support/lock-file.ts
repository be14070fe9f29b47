import { readFile } from 'node:fs/promises';
import { satisfies } from 'semver';

interface LockFile {
  packages: Record<string, { version?: string; engines?: { node?: string }; optional?: boolean }>;
}

/**
 * The packages of a lock file that do not support a version of Node; npm prints EBADENGINE for each. Optional ones are left out,
 * as npm itself does.
 *
 * @param file absolute path of a package-lock.json
 */
export async function packagesRefusing(node: string, file: string): Promise<string[]> {
  const { packages } = JSON.parse(await readFile(file, 'utf8')) as LockFile;
  return Object.entries(packages)
    .filter(([, { engines, optional }]) => !optional && !satisfies(node, engines?.node ?? '*'))
    .map(([path, { version, engines }]) => `${path} ${version} wants ${engines?.node}`);
}
