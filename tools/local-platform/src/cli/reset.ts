import { rm } from 'node:fs/promises';
import { allOf } from '../start-stop/all-of.js';
import { stopPlatform } from '../start-stop/stop.js';
import { layoutOf } from '../state/layout.js';
import type { CliOptions } from './options.js';

/** Stops everything and deletes what a platform keeps; nothing else that may be in its folder. */
export async function reset(directory: string, { yes }: CliOptions): Promise<number> {
  const { root, ...kept } = layoutOf(directory);
  const entries = Object.values(kept);
  if (!yes) {
    process.stdout.write(`This would stop every service and delete, in ${root}:\n`);
    for (const entry of entries) process.stdout.write(`  ${entry}\n`);
    process.stdout.write('Nothing was deleted. To delete it: npx local-platform reset --yes\n');
    return 0;
  }
  await stopPlatform(directory);
  await allOf(entries.map((entry) => () => rm(entry, { recursive: true, force: true })));
  process.stdout.write(`The local platform in ${root} is empty.\n`);
  return 0;
}
