import { runScale } from '@odoobo/ship/commands/scale';
import { batchOf, executorOf, inWorkspace } from './batch.js';

export default executorOf(inWorkspace(runScale));

/** One batch per run: it needs only one poller and one limiter. */
export const batch = batchOf(inWorkspace(runScale));
