import type { AppRun } from '../deploy/app-run.js';
import type { RunRequest } from '../deploy/skill-run.js';

/** What a rollback should do with the app of a skill. */
export interface RollbackRequest extends RunRequest {
  /** The deployment to go back to. Default: what was live before. */
  to?: string | undefined;
  /** Leave the app pinned: the platform deploys nothing until the rollback is committed or reverted. */
  pin?: boolean;
  /** Delete an app that was never live. */
  deleteIfFirst?: boolean;
  /** Leave an app alone whose last deployment did not fail. */
  onlyFailed?: boolean;
  /** End an earlier rollback that has left the app pinned: keep it, or undo it. */
  end?: 'commit' | 'revert' | undefined;
}

/** The rollback of one skill. */
export type RollbackRun = AppRun<RollbackRequest>;
