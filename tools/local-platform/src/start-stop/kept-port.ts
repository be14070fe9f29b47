import { readFile } from 'node:fs/promises';
import { replaceFile } from '../state/atomic-file.js';
import type { Layout } from '../state/layout.js';

/** The port in bookmarks; the ports of the apps follow it. */
export const preferredPort = 4100;

/** The port at which the platform of a folder answered last; undefined where it never did. */
export async function readKeptPort({ port: file }: Layout): Promise<number | undefined> {
  const port = Number(await readFile(file, 'utf8').catch(() => NaN));
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

export async function keepPort({ port: file }: Layout, port: number): Promise<void> {
  await replaceFile(file, `${port}\n`);
}
