import { batchOf } from '../batch.js';
import { runRollback } from './run.js';

/** Rolls back all skills of a run in one process: one poller, one limiter. Nothing is depended on, so Nx makes one batch of a run. */
export default batchOf(runRollback);
