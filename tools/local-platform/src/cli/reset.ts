import { runner } from '@odoobo/machine/package-manager';
import { rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { dropImages } from '../sources/drop-images.js';
import { allOf } from '../start-stop/all-of.js';
import { stopPlatform } from '../start-stop/stop.js';
import { ownWorkFolders } from '../start-stop/work-folder.js';
import { layoutOf } from '../state/layout.js';
import type { CliOptions } from './options.js';

/** Stops everything and deletes what a platform keeps; nothing else that may be in its folder. */
export async function reset(directory: string, { yes }: CliOptions): Promise<number> {
  const layout = layoutOf(directory);
  const { root, ...kept } = layout;
  const workFolders = await ownWorkFolders(layout);
  const entries = [...Object.values(kept), ...workFolders];
  if (!yes) {
    process.stdout.write(`This would stop every service and delete, of the local platform in ${root}:\n`);
    for (const entry of entries) process.stdout.write(`  ${entry}\n`);
    process.stdout.write(`Nothing was deleted. To delete it: ${runner} local-platform reset --yes\n`);
    return 0;
  }
  await stopPlatform(directory);
  await dropImages(layout);
  await allOf(entries.map((entry) => () => rm(entry, { recursive: true, force: true })));
  // The folder for those of all platforms, unless there are others.
  for (const folder of workFolders) await rmdir(dirname(folder)).catch(() => undefined);
  process.stdout.write(`All services are stopped. The local platform in ${root} is empty.\n`);
  return 0;
}
