import { runRollback } from '@odoobo/ship/commands/rollback';
import { batchOf, executorOf, inWorkspace } from './batch.js';

export default executorOf(inWorkspace(runRollback));

/** One batch per run: it needs only one poller and one limiter. */
export const batch = batchOf(inWorkspace(runRollback));
