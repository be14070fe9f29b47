import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from './committed.js';

interface Manifest {
  name: string;
  private?: boolean;
  dependencies?: Record<string, string>;
}

export interface Package {
  /** Path from the root of the repository. */
  folder: string;
  manifest: Manifest;
}

/** The packages of this repository that are not skills. */
export async function packagesHere(): Promise<{ published: Package[]; others: Package[] }> {
  const entries = await readdir(join(repository, 'tools'), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => `tools/${name}`);
  const packages = await Promise.all(
    ['bench', ...folders].map(async (folder) => {
      const text = await readFile(join(repository, folder, 'package.json'), 'utf8');
      return { folder, manifest: JSON.parse(text) as Manifest };
    }),
  );
  return {
    published: packages.filter(({ manifest }) => !manifest.private),
    others: packages.filter(({ manifest }) => manifest.private),
  };
}
