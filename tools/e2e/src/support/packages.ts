import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Manifest {
  name: string;
  private?: boolean;
  license?: string;
  engines?: { node?: string };
  publishConfig?: { access?: string };
  dependencies?: Record<string, string>;
}

/** The packages of tools/ that npm publishes. */
export async function publishedPackages(
  repository: string,
): Promise<{ folder: string; manifest: Manifest }[]> {
  const entries = await readdir(join(repository, 'tools'), { withFileTypes: true });
  const packages = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }) => {
        const folder = `tools/${name}`;
        const text = await readFile(join(repository, folder, 'package.json'), 'utf8');
        return { folder, manifest: JSON.parse(text) as Manifest };
      }),
  );
  return packages.filter(({ manifest }) => !manifest.private);
}
