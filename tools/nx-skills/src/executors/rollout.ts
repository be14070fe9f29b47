import { runRollout } from '@odoobo/ship/commands/rollout';
import { batchOf, executorOf, inWorkspace } from './batch.js';

export default executorOf(inWorkspace(runRollout));

/** One batch per run: it needs only one poller and one limiter. */
export const batch = batchOf(inWorkspace(runRollout));
