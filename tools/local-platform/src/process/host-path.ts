import { existsSync } from 'node:fs';
import { delimiter, dirname, join, sep } from 'node:path';

/**
 * The PATH of what the platform runs: first the given folders, then the machine's, without what npm adds for its scripts, which
 * depends on how the platform was started. `node` is the one that runs the platform: its folder comes before the first that has
 * another, and no sooner, so that the versions of other tools are those that the user has chosen.
 */
export function hostPath(first: readonly string[] = []): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const own = folders.filter((folder) => !folder.split(sep).includes('node_modules'));
  const withNode = own.findIndex((folder) => existsSync(join(folder, 'node')));
  const at = withNode < 0 ? own.length : withNode;
  return [...first, ...own.slice(0, at), dirname(process.execPath), ...own.slice(at)].join(delimiter);
}
