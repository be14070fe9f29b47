import { runHealthcheck } from '@odoobo/ship/commands/healthcheck';
import { batchOf, executorOf, inWorkspace } from './batch.js';

export default executorOf(inWorkspace(runHealthcheck));

/** One batch per run: one API call and one table. A process per skill would take half a second of CPU and an API call each. */
export const batch = batchOf(inWorkspace(runHealthcheck));
