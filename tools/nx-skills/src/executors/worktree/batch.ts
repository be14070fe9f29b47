import { batchOf } from '../batch.js';
import { runWorktree } from './run.js';

/**
 * Makes the worktrees of all skills of a run in one process: git loses some of those that are made at the same time.
 * Nothing is depended on, so Nx makes one batch of a run.
 */
export default batchOf(runWorktree);
