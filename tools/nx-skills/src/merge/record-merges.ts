import { Recorder } from '../records/recorder.js';
import { runName } from '../records/run-name.js';
import { workspaceFolders } from '../records/workspace-folders.js';
import type { Into } from './find-candidates.js';
import type { MergeRun, SkillMerge } from './merge-run.js';

/** Records what was merged and what was refused. */
export async function recordMerges(results: readonly SkillMerge[], run: MergeRun, into: Into): Promise<void> {
  const folders = workspaceFolders(run.workspaceRoot);
  const recorder = new Recorder(folders, runName(run.env, 'merge'), run.onWarning);
  for (const result of results) {
    const { skill } = result;
    if (result.outcome === 'merged') {
      const { branch, head, mergeCommit: commit, proof } = result;
      recorder.record({ type: 'merged', skill, branch, into: into.branch, commit, head, ...proof });
    }
    if (result.outcome === 'refused') {
      const { branch, reason, files } = result;
      recorder.record({ type: 'merge-refused', skill, branch, reason, ...(files && { files }) });
    }
  }
  await recorder.close();
}
