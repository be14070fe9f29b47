import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BundledFile } from './bundle.js';

/** Writes the files of an artefact into a folder. Where one cannot be written, nothing is being written any more when it throws. */
export async function writeFiles(folder: string, files: readonly BundledFile[]): Promise<void> {
  const written = await Promise.allSettled(
    files.map(async ({ path, contents, executable }) => {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), contents, { mode: executable ? 0o777 : 0o666 });
    }),
  );
  const failed = written.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}
