import { runMerge } from '@odoobo/ship/commands/merge';
import { batchOf, executorOf, inWorkspace } from './batch.js';

export default executorOf(inWorkspace(runMerge));

/** One batch per run: each branch is merged on top of the previous one, with one push. */
export const batch = batchOf(inWorkspace(runMerge));
