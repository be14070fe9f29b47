import { dirname, join } from 'node:path';
import type { WorkspaceFolders } from '../records/workspace-folders.js';

/** The previews of a pull request on one platform. */
export interface PreviewPlace {
  environment: string;
  pullRequest: number;
}

/**
 * The folders in which deploys of a preview keep their state: apart from that of the skills' own apps, which a preview
 * does not change. Logs and reports are in the same folders as those of other runs.
 */
export function previewFolders(
  folders: WorkspaceFolders,
  { environment, pullRequest }: PreviewPlace,
): WorkspaceFolders {
  const own = previewFolder(folders, { environment, pullRequest });
  return {
    ...folders,
    claims: join(own, 'claims'),
    journal: join(own, 'WORKTREE_STATUS.journal.jsonl'),
    status: join(own, 'WORKTREE_STATUS.json'),
  };
}

/** The state of the previews of a pull request: next to the claims, so ignored by git. */
export function previewFolder(
  { claims }: WorkspaceFolders,
  { environment, pullRequest }: PreviewPlace,
): string {
  return join(dirname(claims), `previews/${environment}/pr-${pullRequest}`);
}
