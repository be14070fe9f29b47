import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppStore } from './app-store.js';
import { unfinishedSuffix } from './atomic-file.js';
import type { Layout } from './layout.js';

const dayMs = 24 * 3_600_000;

/** How long unneeded files are kept for people to look at: logs of deployments that are over, mirrors of repositories. */
export const keptForMs = 30 * dayMs;

/** A writer touches its file all the time. A file that was not touched this long was left by a killed process. */
const abandonedMs = 3_600_000;

/**
 * Deletes what servers and deployers that were killed have left half-written. For the server of the folder, before it
 * runs anything.
 */
export async function deleteLeftoverFiles(layout: Layout, store: AppStore): Promise<void> {
  const known = new Set(store.list().flatMap(({ deployments }) => deployments.map(({ id }) => id)));
  await deleteUnrecorded(layout.run);
  await deleteLogsOfUnknown(layout, known);
  await deleteAbandoned(join(layout.images, 'incoming'), () => true);
  await deleteAbandoned(layout.root, (name) => name.endsWith(unfinishedSuffix));
}

/**
 * A process record is written before its process is started, so nothing can run in a folder without one. The folder of a
 * recorded process is deleted when that has ended.
 */
async function deleteUnrecorded(run: string): Promise<void> {
  const names = await namesIn(run);
  const recorded = new Set(names.filter((name) => name.endsWith('.json')));
  for (const name of names) {
    if (recorded.has(name) || recorded.has(`${name}.json`)) continue;
    await rm(join(run, name), { recursive: true, force: true });
  }
}

/** Keeps the logs of a record that was set aside: a person who looks at it will want them. */
async function deleteLogsOfUnknown({ apps, logs }: Layout, known: ReadonlySet<string>): Promise<void> {
  if ((await namesIn(apps)).some((name) => name.endsWith('.set-aside'))) return;
  for (const name of await namesIn(logs)) {
    if (!known.has(name)) await rm(join(logs, name), { recursive: true, force: true });
  }
}

async function deleteAbandoned(folder: string, isLeftover: (name: string) => boolean): Promise<void> {
  for (const name of (await namesIn(folder)).filter(isLeftover)) {
    const file = join(folder, name);
    // Gone meanwhile: its writer has finished.
    const touched = await stat(file).catch(() => undefined);
    if (touched && Date.now() - touched.mtimeMs > abandonedMs) await rm(file, { force: true });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}
