import { Journal } from '../records/journal.js';
import { StatusFile } from '../records/status-file.js';
import type { WorkspaceFolders } from '../records/workspace-folders.js';

/** The rollouts that the records of a workspace say are under way, by skill. */
export function recordedRollouts({
  status,
  journal,
}: Pick<WorkspaceFolders, 'status' | 'journal'>): ReadonlyMap<string, string> {
  const { skills } = new StatusFile(status, new Journal(journal)).read();
  return new Map(
    Object.entries(skills).flatMap(([skill, { rollout }]): [string, string][] =>
      rollout ? [[skill, rollout.id]] : [],
    ),
  );
}
