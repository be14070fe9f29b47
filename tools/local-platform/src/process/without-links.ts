import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A path without symbolic links, also if it no longer exists: the system reports paths of processes that way. */
export function withoutLinks(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path === dirname(path) ? path : join(withoutLinks(dirname(path)), basename(path));
  }
}
