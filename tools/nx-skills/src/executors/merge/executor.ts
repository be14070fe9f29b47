import { executorOf } from '../batch.js';
import { runMerge } from './run.js';

/** Merges one skill in a process of its own: a run of one. */
export default executorOf(runMerge);
