import { runDeploy } from '@odoobo/ship/commands/deploy';
import { batchOf, executorOf, inWorkspace } from './batch.js';

export default executorOf(inWorkspace(runDeploy));

/** One batch per run: it needs only one poller and one limiter. */
export const batch = batchOf(inWorkspace(runDeploy));
