import { runSmokeTest } from '@odoobo/ship/commands/smoke-test';
import { batchOf, executorOf, inWorkspace } from './batch.js';

export default executorOf(inWorkspace(runSmokeTest));

/** One batch per run: one API call, one table, one report. */
export const batch = batchOf(inWorkspace(runSmokeTest));
