import { batchOf } from '../batch.js';
import { runHealthcheck } from './run.js';

/**
 * Checks all skills of a run in one process: one call of the platform's API and one table, where a process a skill would
 * take half a second of the processor and a call each. Nothing is depended on, so Nx makes one batch of a run.
 */
export default batchOf(runHealthcheck);
