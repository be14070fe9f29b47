import type { PlatformRecord } from '@odoobo/local-platform/client';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes what Prometheus needs to read a platform's metrics: its address, and its token, which only you can read. */
export async function writeScrapeFiles(
  folder: string,
  { url, token }: Pick<PlatformRecord, 'url' | 'token'>,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  await writeFile(join(folder, 'token'), token, { mode: 0o600 });
  const targets = [{ targets: [new URL(url).host] }];
  await writeFile(join(folder, 'targets.json'), JSON.stringify(targets), { mode: 0o600 });
}
