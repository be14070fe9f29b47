import { executorOf } from '../batch.js';
import { runSmokeTest } from './run.js';

/** Tests one skill in a process of its own: a run of one. */
export default executorOf(runSmokeTest);
