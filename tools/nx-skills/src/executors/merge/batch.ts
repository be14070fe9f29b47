import { batchOf } from '../batch.js';
import { runMerge } from './run.js';

/** Merges all skills of a run in one process: each on top of the last, with one push. Nothing is depended on, so Nx makes one batch of a run. */
export default batchOf(runMerge);
