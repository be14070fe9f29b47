import { runner } from '@odoobo/machine/package-manager';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { replaceFile } from '../state/atomic-file.js';
import { layoutOf } from '../state/layout.js';

const platformRecordSchema = z.object({
  url: z.string(),
  token: z.string(),
  /** The warnings of the server's start. */
  warnings: z.array(z.string()).optional(),
  identity: z.object({ pid: z.number().int(), startTime: z.string(), bootId: z.string() }),
});
/** The content of `platform.json`, for clients: the server's address, its token, and its process. */
export type PlatformRecord = z.infer<typeof platformRecordSchema>;

/**
 * Reads `platform.json` of a platform's folder. Undefined when there is none: no server runs, or it was stopped. After a
 * crash the record is still there: ask `isAlive(record.identity)`.
 * @throws Error when the file is there but is not such a record.
 */
export async function readPlatform(directory: string): Promise<PlatformRecord | undefined> {
  const { record: file } = layoutOf(directory);
  try {
    return platformRecordSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(
      `${file} cannot be read as the record of a local platform. ` +
        `To write a new one: ${runner} local-platform stop, then ${runner} local-platform start`,
      { cause },
    );
  }
}

export async function writePlatform(directory: string, record: PlatformRecord): Promise<void> {
  await replaceFile(layoutOf(directory).record, JSON.stringify(record));
}
