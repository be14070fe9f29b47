import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { withoutLinks } from '../process/without-links.js';
import type { Layout } from './layout.js';

/**
 * The folders in which a platform may build and run code, where its own folder is in a workspace; it uses the first that is
 * outside of all packages. Which ones depends only on the platform's folder, so they are found after that is deleted.
 */
export function workFoldersOf({ root }: Layout): string[] {
  const real = withoutLinks(root);
  const hash = createHash('sha256').update(real).digest('hex').slice(0, 8);
  const name = `${basename(dirname(real)).replace(/[^\w.-]/g, '-')}-${hash}`;
  return workFolderParents().map((parent) => join(parent, name));
}

/**
 * Both survive a restart of the machine. The first is the user's own, and nothing cleans it:
 * https://specifications.freedesktop.org/basedir-spec/latest, also on macOS, whose folder has a space in its path.
 */
export function workFolderParents(): string[] {
  const { XDG_STATE_HOME: state = '' } = process.env;
  return [
    join(isAbsolute(state) ? state : join(homedir(), '.local/state'), 'local-platform'),
    `/var/tmp/local-platform-${process.getuid?.()}`,
  ];
}
