import { runRestart } from '@odoobo/ship/commands/restart';
import { batchOf, executorOf, inWorkspace } from './batch.js';

export default executorOf(inWorkspace(runRestart));

/** One batch per run: it needs only one poller and one limiter. */
export const batch = batchOf(inWorkspace(runRestart));
