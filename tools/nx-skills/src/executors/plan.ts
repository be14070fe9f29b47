import { runPlan } from '@odoobo/ship/commands/plan';
import { batchOf, executorOf, inWorkspace } from './batch.js';

export default executorOf(inWorkspace(runPlan));

/** One batch per run: the platform is read once. */
export const batch = batchOf(inWorkspace(runPlan));
