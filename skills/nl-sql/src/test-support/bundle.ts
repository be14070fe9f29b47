import { build } from 'esbuild';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export interface Bundle {
  url: URL;
  remove(): Promise<void>;
}

/** Bundles the skill as it is shipped: SQLite's threads start from such a file. */
export async function bundleSkill(): Promise<Bundle> {
  const directory = await mkdtemp(join(tmpdir(), 'nl-sql-bundle-'));
  const outfile = join(directory, 'main.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('../main.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@odoobo/source'],
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  return { url: pathToFileURL(outfile), remove: () => rm(directory, { recursive: true, force: true }) };
}
