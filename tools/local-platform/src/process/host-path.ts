import { delimiter, dirname, sep } from 'node:path';

/**
 * The PATH of what the platform runs: first the given folders, then the Node that runs the platform, then the machine's,
 * without what npm adds for its scripts, which depends on how the platform was started.
 */
export function hostPath(first: readonly string[] = []): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const own = folders.filter((folder) => !folder.split(sep).includes('node_modules'));
  return [...first, dirname(process.execPath), ...own].join(delimiter);
}
