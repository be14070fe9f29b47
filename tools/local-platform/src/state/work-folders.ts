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
  return workFolderParents().map((parent) => join(parent, nameOf(root)));
}

/** The file in a folder outside of the platform's own that names the platform's folder. */
export const ownerFile = 'platform';

/** Of the databases of platforms that root runs. */
export const databaseFolderParent = '/var/lib/local-platform';

/**
 * Where a platform keeps its databases: in its own folder. Root's is elsewhere: a server of databases then runs as a user who
 * cannot enter root's folders.
 */
export function databaseFolderOf({ root, databases }: Layout): string {
  return process.getuid?.() === 0 ? join(databaseFolderParent, nameOf(root)) : databases;
}

/** Where buildah keeps the images and containers of a platform: beside its databases, since only root's platform has them. */
export function containerFolderOf({ root }: Layout): string {
  return join(databaseFolderParent, nameOf(root), 'containers');
}

function nameOf(root: string): string {
  const real = withoutLinks(root);
  const hash = createHash('sha256').update(real).digest('hex').slice(0, 8);
  return `${basename(dirname(real)).replace(/[^\w.-]/g, '-')}-${hash}`;
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
