import { runPromote } from '@odoobo/ship/commands/promote';
import { batchOf, executorOf, inWorkspace } from './batch.js';

export default executorOf(inWorkspace(runPromote));

/** One batch per run: it needs only one poller and one limiter. */
export const batch = batchOf(inWorkspace(runPromote));
