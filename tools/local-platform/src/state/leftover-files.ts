import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layout } from '../layout.js';
import type { AppStore } from './app-store.js';
import { unfinishedSuffix } from './atomic-file.js';

/** Who writes a file touches it all the time. One that nobody has touched this long was left by somebody who was killed. */
const abandonedMs = 3_600_000;

/**
 * Deletes what servers and deployers that were killed have left half-written. For the server of the folder, before it
 * runs anything.
 *
 * @param recorded deployments of which there is a process record: their folders are deleted when the process has ended
 */
export async function deleteLeftoverFiles(
  layout: Layout,
  store: AppStore,
  recorded: ReadonlySet<string>,
): Promise<void> {
  const known = new Set(store.list().flatMap(({ deployments }) => deployments.map(({ id }) => id)));
  await deleteRunFolders(layout.run, recorded);
  await deleteLogsOfUnknown(layout, known);
  await deleteAbandoned(join(layout.images, 'incoming'), () => true);
  await deleteAbandoned(layout.root, (name) => name.endsWith(unfinishedSuffix));
}

/**
 * In `run/` every name begins with the id of its deployment. The record is written before its process is started, so
 * without one nothing runs there.
 */
async function deleteRunFolders(run: string, recorded: ReadonlySet<string>): Promise<void> {
  for (const name of await namesIn(run)) {
    if (!recorded.has(name.split('.', 1)[0] ?? ''))
      await rm(join(run, name), { recursive: true, force: true });
  }
}

/** Also the record that was set aside has logs, and a person who looks at it will want them. */
async function deleteLogsOfUnknown({ apps, logs }: Layout, known: ReadonlySet<string>): Promise<void> {
  if ((await namesIn(apps)).some((name) => name.endsWith('.set-aside'))) return;
  for (const name of await namesIn(logs)) {
    if (!known.has(name)) await rm(join(logs, name), { recursive: true, force: true });
  }
}

async function deleteAbandoned(folder: string, isLeftover: (name: string) => boolean): Promise<void> {
  for (const name of (await namesIn(folder)).filter(isLeftover)) {
    const file = join(folder, name);
    // Gone meanwhile: whoever wrote it has finished.
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
