import type { ExecutorContext } from '@nx/devkit';
import { startDeadline, systemClock } from '@odoobo/app-platform';
import { describeError } from '../../terminal/describe-error.js';
import { writeTerminalOutput } from '../batch.js';
import { parseOptions } from '../options.js';
import { placeOf } from '../skill-root.js';
import { logsOptions } from './options.js';
import { readLogs } from './read-logs.js';

/** How long the platform may take to answer, in milliseconds. */
const deadlineMs = 60_000;

/** Shows a log of a skill. */
export default async function logsExecutor(
  rawOptions: unknown,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  const skill = context.projectName ?? '';
  const deadline = startDeadline(systemClock, deadlineMs);
  try {
    const options = parseOptions(logsOptions, rawOptions, `${skill}:logs`);
    const output = await readLogs(placeOf(context, skill), options, process.env, deadline.signal);
    return writeTerminalOutput({ success: true, output });
  } catch (error) {
    return writeTerminalOutput({ success: false, output: `${describeError(error)}\n` });
  } finally {
    deadline.clear();
  }
}
