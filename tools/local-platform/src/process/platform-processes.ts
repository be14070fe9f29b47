import { isAlive, type ProcessIdentity } from '@odoobo/machine/process';
import type { Layout } from '../state/layout.js';
import { databaseFolderOf, workFoldersOf } from '../state/work-folders.js';
import { endProcesses } from './end-processes.js';
import { type Mark, markedProcesses, type MarkedRow } from './mark.js';
import { withoutLinks } from './without-links.js';

/** What a process of a platform is marked with. */
export function markOf({ root }: Layout, kind: Mark['kind'], name = ''): Mark {
  return { root: withoutLinks(root), kind, name };
}

/** The marks of what runs for a platform at the moment, one for every process. */
export async function marksOf({ root }: Layout): Promise<Mark[]> {
  return marksIn(await markedProcesses(), withoutLinks(root));
}

function marksIn(rows: readonly MarkedRow[], root: string): Mark[] {
  return rows.flatMap(({ mark, zombie }) =>
    typeof mark === 'object' && !zombie && mark.root === root ? [mark] : [],
  );
}

/**
 * Ends stray processes of a platform, even if its folder is gone. Processes that a developer runs beside it end only if
 * their owner is dead.
 * @param isStray Which marks are stray; the default is all, and processes without a mark that work in the platform's folders.
 * @returns whether there was anything
 * @throws Error when something survives SIGKILL
 */
export async function endStrays(
  layout: Layout,
  graceMs: number,
  isStray?: (mark: Mark) => boolean,
): Promise<boolean> {
  const root = withoutLinks(layout.root);
  const rows = await markedProcesses();
  const orphaned = await orphanedOf(marksIn(rows, root));
  const owns = (mark: Mark): boolean => {
    if (mark.root !== root) return false;
    return mark.kind === 'development' ? orphaned.has(mark.owner) : (isStray?.(mark) ?? true);
  };
  return endProcesses(
    { owns, traces: isStray ? [] : [root, databaseFolderOf(layout), ...workFoldersOf(layout)] },
    graceMs,
    rows,
  );
}

/** The dead owners of development processes. */
async function orphanedOf(marks: readonly Mark[]): Promise<Set<string | undefined>> {
  const owners = new Set(marks.flatMap(({ kind, owner }) => (kind === 'development' ? [owner] : [])));
  for (const owner of owners) {
    if (owner !== undefined && (await isAlive(parseOwner(owner)))) owners.delete(owner);
  }
  return owners;
}

/** Identifies a process in the marks of processes that end with it. */
export function ownerOf({ pid, startTime, bootId }: ProcessIdentity): string {
  return [pid, bootId, startTime].join(' ');
}

function parseOwner(owner: string): ProcessIdentity {
  const [pid, bootId = '', ...startTime] = owner.split(' ');
  return { pid: Number(pid), bootId, startTime: startTime.join(' ') };
}
