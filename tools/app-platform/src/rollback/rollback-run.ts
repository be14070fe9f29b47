import { Run, type RunRequest } from '../deploy/skill-run.js';

/** What is wanted of the app that is named as its skill. */
export interface RollbackRequest extends RunRequest {
  /** The deployment to go back to. Default: what was live before. */
  to?: string | undefined;
  /** Leave the app pinned: nothing deploys until the rollback is committed or reverted. */
  pin?: boolean;
  /** Delete an app that was never live. */
  deleteIfFirst?: boolean;
  /** Leave an app alone whose last deployment did not fail. */
  onlyFailed?: boolean;
  /** End an earlier rollback that has left the app pinned: keep it, or undo it. */
  end?: 'commit' | 'revert' | undefined;
}

/** The rollback of one skill. */
export class RollbackRun extends Run<RollbackRequest> {
  readonly afterwards = 'a health check shows how it ended';
  /** Of the artefact that the rollback brings back. */
  digest = '-';
}
