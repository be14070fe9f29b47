import { anchorJournal, readHead, remoteUrl } from '@odoobo/git-flow';
import { basename, dirname } from 'node:path';
import type { ChainedJournal } from './chained-journal.js';

export interface AnchorOptions {
  /** The main checkout, which the journal is in. */
  root: string;
  run: string;
  /** The remote that gets the anchor too, if there is one of that name: then nobody can rewrite it on one machine. */
  remote: string | undefined;
}

/**
 * Anchors the end of a journal in git: from then on, no entry before it can be removed unnoticed. The journals of previews
 * are deleted with them, so they have no anchors.
 * @throws GitError when it cannot be kept
 */
export async function anchor(journal: ChainedJournal, { root, run, remote }: AnchorOptions): Promise<void> {
  if (dirname(journal.path) !== root) return;
  const tips = journal.tips();
  if (tips.length === 0 || !(await readHead(root))) return;
  const isThere = remote !== undefined && (await remoteUrl(remote, { cwd: root })) !== undefined;
  const about = { journal: basename(journal.path), at: new Date().toISOString(), run, tips };
  await anchorJournal(about, { cwd: root, ...(isThere && { remote }) });
}
