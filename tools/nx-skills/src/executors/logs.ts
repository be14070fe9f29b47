import { showLogs } from '@odoobo/ship/commands/logs';
import { logsOptions } from '@odoobo/ship/logs/options';
import { executorOfOne } from './batch.js';

/** Shows a log of a skill. */
export default executorOfOne(logsOptions, showLogs);
