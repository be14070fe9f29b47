import { executorOf } from '../batch.js';
import { runHealthcheck } from './run.js';

/** Checks one skill in a process of its own: a run of one. */
export default executorOf(runHealthcheck);
