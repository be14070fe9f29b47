import { executorOf } from '../batch.js';
import { runWorktree } from './run.js';

/** Makes the worktree of one skill in a process of its own: a run of one. */
export default executorOf(runWorktree);
