import { executorOf } from '../batch.js';
import { runRollback } from './run.js';

/** Rolls one skill back in a process of its own: a run of one. */
export default executorOf(runRollback);
