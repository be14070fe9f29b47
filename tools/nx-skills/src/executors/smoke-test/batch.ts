import { batchOf } from '../batch.js';
import { runSmokeTest } from './run.js';

/** Tests all skills of a run in one process: one call of the platform's API, one table, one report. */
export default batchOf(runSmokeTest);
