import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BundledFile } from './bundle.js';

/** Writes the files of an artefact into a folder. */
export async function writeFiles(folder: string, files: readonly BundledFile[]): Promise<void> {
  await Promise.all(
    files.map(async ({ path, contents, executable }) => {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), contents, { mode: executable ? 0o777 : 0o666 });
    }),
  );
}
